import { basename, dirname, resolve } from 'node:path';
import { parseEnvironment } from '@vqforge/artifact';
import { audit } from '@vqforge/audit';
import { counted } from '@vqforge/base';
import { RegistryError } from '@vqforge/registry';
import { generateKey, importModel, readRegistry, readSigningKey, signModel } from '@vqforge/registry/node';
import { findingSubject, findingText } from '../finding-text.ts';
import { readInput } from '../input-file.ts';
import type { RegistryKeygenFlags } from '../commands/registry-keygen.ts';
import type { RegistrySignFlags } from '../commands/registry-sign.ts';
import type { RegistryImportFlags } from '../commands/registry-import.ts';
import { printable } from '../printable.ts';
import type { CommandContext } from '../command-shape.ts';
import { signatureCheck } from '../signature-flags.ts';

export async function keygenCommand({ out, json }: RegistryKeygenFlags): Promise<void> {
  const { keyId, publicPath } = await generateKey(out);
  if (json === true) return print(JSON.stringify({ key_id: keyId, private: out, public: publicPath }));
  print(printable(`private key ${out}: keep it to yourself`));
  print(printable(`public key  ${publicPath}: give it to whoever shall verify`));
  print(`key id      ${keyId}`);
}

export async function signCommand(
  id: string,
  flags: RegistrySignFlags,
  { place }: CommandContext,
): Promise<void> {
  const { sourceCommit, builderId, environment } = flags;
  const key = await readSigningKey(flags.key);
  const registry = place.ownRegistry(flags.registry);
  await requireCleanAudit(registry, id);
  const { changed, written } = await signModel({
    registry,
    id,
    key,
    ...(sourceCommit === undefined ? {} : { sourceCommit }),
    ...(builderId === undefined ? {} : { builderId }),
    ...(environment === undefined
      ? {}
      : { environment: parseEnvironment(await readInput(environment, '--environment')) }),
  });
  if (flags.json === true) return print(JSON.stringify({ id, key_id: key.keyId, changed, written }));
  print(
    printable(
      changed ? `signed ${id} with key ${key.keyId}: ${written.join(', ')}` : `${id} was signed so already`,
    ),
  );
}

/**
 * A signature says that a model is what its documents say, so everything that can be checked without training is checked
 * first. A registry that lies in no folder of `model/` has no runs and datasets: there signing verifies its files only.
 *
 * @throws CommandExit after saying what was found
 */
async function requireCleanAudit(registry: string, id: string): Promise<void> {
  const { folder } = await readRegistry(registry);
  const models = dirname(resolve(folder));
  if (basename(models) !== 'model') return;
  const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const { findings } = await audit({ root: dirname(models), today });
  const errors = findings.filter(
    (finding) => finding.severity === 'error' && (finding.id === null || finding.id === id),
  );
  if (errors.length === 0) return;
  for (const finding of errors) process.stderr.write(`${findingText(finding, findingSubject(finding))}\n`);
  throw new RegistryError(
    'REFUSED_SIGNATURE',
    `${id} is not signed: its audit has ${counted(errors.length, 'error')}; mend them, or sign nothing`,
  );
}

export async function importCommand(
  id: string,
  flags: RegistryImportFlags,
  { place, version }: CommandContext,
): Promise<void> {
  const { changed, digests, sourceDigest, signature, written } = await importModel({
    from: flags.from,
    id,
    registry: place.ownRegistry(flags.registry),
    inlineExternalData: flags.inlineExternalData === true,
    replace: flags.replace === true,
    ...(flags.sidecar === undefined ? {} : { facts: await readInput(flags.sidecar, '--sidecar') }),
    ...(await signatureCheck(flags)),
    version,
  });
  if (flags.json === true) {
    return print(JSON.stringify({ id, changed, written, digests, source_digest: sourceDigest, signature }));
  }
  const digest =
    digests.onnx === sourceDigest ? 'byte for byte' : `as sha256 ${digests.onnx}, there ${sourceDigest}`;
  print(
    printable(`imported ${id}, ${digest}${signature === 'none' ? '' : `; its signature was ${signature}`}`),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
