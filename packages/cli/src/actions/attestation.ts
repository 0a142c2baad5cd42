import { basename, dirname, resolve } from 'node:path';
import { parseEnvironment } from '@vqforge/artifact';
import { writeDocuments } from '@vqforge/artifact/node';
import { audit } from '@vqforge/audit';
import { counted, defined } from '@vqforge/base';
import { RegistryError } from '@vqforge/registry';
import {
  generateKey,
  importModel,
  importTemplate,
  readRegistry,
  readSigningKey,
  signModel,
} from '@vqforge/registry/node';
import { requireDocumentOutputs } from '../document-outputs.ts';
import { findingLines } from '../finding-text.ts';
import { readInput } from '../input-file.ts';
import type { RegistryImportFlags, RegistryKeygenFlags, RegistrySignFlags } from '../commands/registry.ts';
import { printResult } from '../terminal-text.ts';
import { today } from '../today.ts';
import type { CommandContext } from '../command-shape.ts';
import { signatureCheck } from '../signature-flags.ts';

/** `vqforge registry keygen`: makes a key pair. */
export async function keygenCommand({ out, ...flags }: RegistryKeygenFlags): Promise<void> {
  const { keyId, publicPath } = await generateKey(out);
  printResult(flags, { key_id: keyId, private: out, public: publicPath }, [
    `private key ${out}: keep it to yourself`,
    `public key  ${publicPath}: give it to those who verify`,
    `key id      ${keyId}`,
  ]);
}

/** `vqforge registry sign`: signs a model whose audit has no error. */
export async function signCommand(
  id: string,
  flags: RegistrySignFlags,
  { place, signal }: CommandContext,
): Promise<void> {
  const { sourceCommit, builderId, environment } = flags;
  const key = await readSigningKey(flags.key, signal);
  const registry = place.ownRegistry(flags.registry);
  await requireCleanAudit(registry, id);
  const { changed, written } = await signModel({
    registry,
    id,
    key,
    ...defined({ sourceCommit, builderId }),
    ...(environment === undefined
      ? {}
      : { environment: parseEnvironment(await readInput(environment, '--environment', signal)) }),
  });
  printResult(flags, { id, key_id: key.keyId, changed, written }, [
    changed ? `signed ${id} with key ${key.keyId}: ${written.join(', ')}` : `${id} was signed so already`,
  ]);
}

/**
 * A signature says that a model is what its documents say, so everything that can be checked without training is checked
 * first. A registry that lies neither in `model/` nor in a folder of it has no runs and datasets: there signing verifies its
 * files only.
 *
 * @throws RegistryError REFUSED_SIGNATURE after saying what was found
 */
async function requireCleanAudit(registry: string, id: string): Promise<void> {
  const { folder } = await readRegistry(registry);
  const models = [resolve(folder), dirname(resolve(folder))].find((path) => basename(path) === 'model');
  if (models === undefined) return;
  const { findings } = await audit({ root: dirname(models), today: today() });
  const errors = findings.filter(
    (finding) => finding.severity === 'error' && (finding.id === null || finding.id === id),
  );
  if (errors.length === 0) return;
  for (const line of errors.flatMap((finding) => findingLines(finding))) process.stderr.write(`${line}\n`);
  throw new RegistryError(
    'REFUSED_SIGNATURE',
    `${id} is not signed: its audit has ${counted(errors.length, 'error')}; mend them, or sign nothing`,
  );
}

/** `vqforge registry import`: takes a model over, or writes the template of its facts. */
export async function importCommand(
  id: string,
  flags: RegistryImportFlags,
  context: CommandContext,
): Promise<void> {
  const { place, version, signal } = context;
  if (flags.template !== undefined) return writeTemplate(id, flags.template, flags, context);
  const registry = place.ownRegistry(flags.registry);
  const { changed, digests, sourceDigest, signature, written } = await importModel({
    from: flags.from,
    id,
    registry,
    ...place.surroundings(registry),
    inlineExternalData: flags.inlineExternalData === true,
    replace: flags.replace === true,
    ...(flags.sidecar === undefined ? {} : { facts: await readInput(flags.sidecar, '--sidecar', signal) }),
    ...(await signatureCheck(flags, signal)),
    version,
  });
  const digest =
    digests.onnx === sourceDigest ? 'byte for byte' : `as sha256 ${digests.onnx}, there ${sourceDigest}`;
  printResult(flags, { id, changed, written, digests, source_digest: sourceDigest, signature }, [
    `imported ${id}, ${digest}${signature === 'none' ? '' : `; its signature was ${signature}`}`,
  ]);
}

/** The facts that the import would want, as a file to fill in. */
async function writeTemplate(
  id: string,
  path: string,
  flags: RegistryImportFlags,
  { place, signal }: CommandContext,
): Promise<void> {
  await requireDocumentOutputs([{ path, flag: '--template', kind: 'json' }], {
    inputs: flags.sidecar === undefined ? [] : [flags.sidecar],
    registries: [flags.from, place.registry(flags.registry)],
    runs: place.runs,
    force: flags.force === true,
  });
  const text = await importTemplate({
    from: flags.from,
    id,
    inlineExternalData: flags.inlineExternalData === true,
    ...(await signatureCheck(flags, signal)),
  });
  await writeDocuments([{ path, text }]);
  printResult(flags, { id, template: path }, [
    `written: ${path}; fill it in, then import again with --sidecar ${path}`,
  ]);
}
