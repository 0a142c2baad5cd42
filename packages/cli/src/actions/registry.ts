import { exportRegistry, findEntry } from '@vqforge/registry';
import { readRegistry, verifyRegistry } from '@vqforge/registry/node';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { findingLines } from '../finding-text.ts';
import type {
  RegistryExportFlags,
  RegistryListFlags,
  RegistryShowFlags,
  RegistryVerifyFlags,
} from '../commands/registry.ts';
import { printResult } from '../terminal-text.ts';
import type { CommandContext } from '../command-shape.ts';
import { signatureCheck } from '../signature-flags.ts';

/** `vqforge registry verify`: exit code 1 on an error, 2 where a model asked for by name is not here. */
export async function verifyCommand(
  ids: string[],
  flags: RegistryVerifyFlags,
  { place, signal }: CommandContext,
): Promise<void> {
  const { schemaVersion, verified, skipped, findings } = await verifyRegistry({
    registry: place.registry(flags.registry),
    ...(ids.length > 0 ? { ids } : {}),
    ...(await signatureCheck(flags, signal)),
  });
  printResult(flags, { schema_version: schemaVersion, verified, skipped, findings }, [
    ...verified.map((id) => `ok       ${id}`),
    ...findings.flatMap((finding) => findingLines(finding)),
  ]);
  if (findings.some(({ severity }) => severity === 'error')) throw new CommandExit(EXIT.findings);
  // a model that was asked for by name and is not here has not been verified
  if (ids.some((id) => skipped.includes(id))) throw new CommandExit(EXIT.usage);
}

/** `vqforge registry list`: a line for each model. */
export async function listCommand(flags: RegistryListFlags, { place }: CommandContext): Promise<void> {
  const { models } = (await readRegistry(place.registry(flags.registry))).registry;
  const width = (name: 'id' | 'onnx'): number => Math.max(0, ...models.map((model) => model[name].length));
  const lines = models.map(
    ({ id, onnx, sha256, license }) =>
      `${id.padEnd(width('id'))}  ${onnx.padEnd(width('onnx'))}  sha256 ${sha256}  ${license ?? 'no licence'}`,
  );
  printResult(flags, models, lines);
}

/** `vqforge registry show`: one entry as JSON. */
export async function showCommand(
  id: string,
  flags: RegistryShowFlags,
  { place }: CommandContext,
): Promise<void> {
  const { registry } = await readRegistry(place.registry(flags.registry));
  const entry = JSON.stringify(findEntry(registry, id), null, flags.json === true ? undefined : 2);
  process.stdout.write(`${entry}\n`);
}

/** `vqforge registry export`: the registry in schema version 1, as JSON. */
export async function exportCommand(flags: RegistryExportFlags, { place }: CommandContext): Promise<void> {
  const { registry } = await readRegistry(place.registry(flags.registry));
  process.stdout.write(exportRegistry(registry, 1));
}
