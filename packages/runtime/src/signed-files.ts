import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatRegistry, type RegistryEntry } from '@vqforge/artifact';
import { type SignatureCheck, type VerifiedModel, verifyRegistry } from '@vqforge/registry/node';
import { readBoundedFile } from './bounded-file.ts';
import { RuntimeError } from './errors.ts';

/** The registry's cap on bundles. */
const MAX_BUNDLE_BYTES = 1_048_576;

/**
 * Whether the bytes in memory, not what lies in the folder by now, are what the key signed: the registry's own check, run
 * on a private copy of them.
 *
 * @throws RuntimeError UNTRUSTED_MODEL
 */
export async function assertSigned(
  registry: string,
  { entry, onnx, sidecarBytes }: VerifiedModel,
  signature: SignatureCheck,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-signed-'));
  try {
    await mkdir(dirname(join(folder, entry.onnx)), { recursive: true });
    await writeFile(join(folder, 'registry.json'), formatRegistry({ schema_version: 2, models: [entry] }));
    await writeFile(join(folder, entry.onnx), onnx);
    await writeFile(join(folder, entry.onnx.replace(/\.onnx$/, '.json')), sidecarBytes);
    const bundle = bundleOf(entry);
    const source = registry.endsWith('.json') ? dirname(registry) : registry;
    const bytes = bundle === null ? null : await readBoundedFile(join(source, bundle), MAX_BUNDLE_BYTES);
    if (bundle !== null && bytes !== null) await writeFile(join(folder, bundle), bytes);
    const { findings } = await verifyRegistry({
      registry: folder,
      ids: [entry.id],
      signature: { ...signature, isRequired: true },
    });
    const failed = findings.find(({ severity }) => severity === 'error');
    if (failed !== undefined) {
      throw new RuntimeError(
        'UNTRUSTED_MODEL',
        `${failed.file} of entry ${entry.id}: expected ${failed.expected}, got ${failed.got}; ${failed.advice}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where a publish or `registry sign` puts it; a bundle anywhere else is reported as missing. */
function bundleOf({ onnx, sigstore_bundle: bundle }: RegistryEntry): string | null {
  return bundle === `${onnx}.sigstore.json` ? bundle : null;
}
