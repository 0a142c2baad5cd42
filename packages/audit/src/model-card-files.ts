import { type CardDocuments, modelCard } from '@vqforge/artifact';
import { cardName, MAX_JSON_BYTES, RegistryError, type Report } from '@vqforge/registry';
import type { PolicyCheck } from './policy.ts';
import type { AuditedModel } from './registry-audit.ts';
import { readTreeFile } from './tree-files.ts';

/**
 * Whether the card beside a model is what its documents say; whether there must be one, says the policy. A card with the sources of a table whose manifest is not here
 * cannot be made again, and is not judged.
 */
export async function auditCard(
  root: string,
  { entry, folder }: AuditedModel,
  documents: CardDocuments,
  policy: PolicyCheck,
  report: Report,
): Promise<void> {
  const file = `${folder}/${cardName(entry.onnx)}`;
  const card = await readCard(root, file, report);
  if (card === undefined) return;
  const expected = 'the card that the publish makes of sidecar, metrics and dataset manifest';
  const advice = 'train or export the model again: its publish writes the card';
  if (card === null) {
    if (policy.requires('card')) report('MISSING_CARD', 'error', file, { expected, got: 'none', advice });
    return;
  }
  const made = modelCard(documents);
  const isJudged = documents.metrics === undefined || documents.manifest !== undefined;
  if (card === made || !isJudged) return;
  const lines = [card, made].map((text) => text.split('\n')) as [string[], string[]];
  const at = lines[1].findIndex((line, index) => line !== lines[0][index]);
  report('CARD_DISAGREES', 'error', file, {
    expected,
    got: `another text from line ${at < 0 ? lines[1].length : at + 1}`,
    advice,
  });
}

/** Undefined where it cannot be read, which is reported. */
async function readCard(root: string, file: string, report: Report): Promise<string | null | undefined> {
  try {
    const bytes = await readTreeFile(root, file, MAX_JSON_BYTES);
    return bytes === null ? null : bytes.toString();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    report('UNREADABLE', 'error', file, {
      expected: 'a model card',
      got: `${error.code}: ${error.message.replaceAll(`${root}/`, '')}`,
      advice: 'restore the file',
    });
    return undefined;
  }
}
