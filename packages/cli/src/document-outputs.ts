import { type Output, type OutputGuard, requireFolderOf, requireSafeOutputs } from '@vqforge/artifact/node';

/**
 * Checks, before any work, documents that flags name: their folders can be written, and they replace nothing that is read
 * or that models and runs stand on.
 *
 * @throws ArtifactError BAD_OUTPUT
 */
export async function requireDocumentOutputs(
  documents: readonly Omit<Output, 'role'>[],
  guard: Omit<OutputGuard, 'outputs'>,
): Promise<void> {
  for (const { path, flag } of documents) await requireFolderOf(path, flag);
  const outputs = documents.map((document) => ({ ...document, role: 'document' as const }));
  await requireSafeOutputs({ ...guard, outputs });
}
