import { createPublicKey } from 'node:crypto';
import { formatStatement } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { RegistryError } from '../errors.ts';
import { loadVerified, readRegistry } from '../load.ts';
import { checkPublication, updateRegistry } from '../publication.ts';
import { publish, type PublishResult } from '../publish.ts';
import { findEntry } from '../registry-entry.ts';
import { verifyRegistry } from '../verify.ts';
import { formatBundle } from './bundle.ts';
import type { SigningKey } from './key-files.ts';
import { type BuildFacts, modelStatement } from './model-statement.ts';

export interface SignOptions extends BuildFacts {
  /** The registry's folder, or its JSON file. */
  readonly registry: string;
  readonly id: string;
  readonly key: SigningKey;
}

/**
 * Signs a pinned model as it is: its files are verified first, then statement and signature are published as
 * `<model>.onnx.sigstore.json` together with the entry that names it. Signing again with the same key and facts changes
 * nothing.
 *
 * @throws RegistryError those of `loadVerified` and `publish`; BUSY when another publisher changed the entry meanwhile
 */
export async function signModel({ registry: path, id, key, ...facts }: SignOptions): Promise<PublishResult> {
  const { registry, file } = await readRegistry(path);
  const { entry, onnx, sidecar, sidecarBytes } = await loadVerified(path, id);
  const publication = { onnx: { name: entry.onnx, bytes: onnx }, sidecar: sidecarBytes };
  // the entry is signed as it will be, so it is made once with an empty bundle to learn what it will say
  const unsigned = checkPublication({ ...publication, bundle: new Uint8Array() }, file);
  const signedEntry = findEntry(updateRegistry(registry, unsigned).registry, id);
  const statement = modelStatement(signedEntry, sidecar, sha256(sidecarBytes), facts);
  const bundle = await formatBundle(formatStatement(statement), key);
  const result = await publish({ registry: path, ...publication, bundle });

  const check = { key: { keyId: key.keyId, publicKey: createPublicKey(key.privateKey) }, isRequired: true };
  const { findings } = await verifyRegistry({ registry: path, ids: [id], signature: check });
  const failed = findings.find(({ severity }) => severity === 'error');
  if (failed === undefined) return result;
  throw new RegistryError(
    'BUSY',
    `entry ${id} changed while it was signed (${failed.code}: ${failed.got}); sign again`,
  );
}
