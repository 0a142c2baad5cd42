import { exportRegistry } from '@vqforge/registry';
import { findEntry } from '@vqforge/registry';
import { readRegistry, verifyRegistry } from '@vqforge/registry/node';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { findingSubject, findingText } from '../finding-text.ts';
import type {
  RegistryExportFlags,
  RegistryListFlags,
  RegistryShowFlags,
  RegistryVerifyFlags,
} from '../commands/registry.ts';
import { printable } from '../printable.ts';
import type { CommandContext } from '../command-shape.ts';
import { signatureCheck } from '../signature-flags.ts';

export async function verifyCommand(
  ids: string[],
  flags: RegistryVerifyFlags,
  context: CommandContext,
): Promise<void> {
  const report = await verifyRegistry({
    registry: registryPath(flags, context),
    ...(ids.length > 0 ? { ids } : {}),
    ...(await signatureCheck(flags, context.signal)),
  });
  const { findings, verified, skipped } = report;
  if (flags.json === true)
    print(JSON.stringify({ schema_version: report.schemaVersion, verified, skipped, findings }));
  else {
    for (const id of verified) print(`ok       ${id}`);
    for (const finding of findings) print(findingText(finding, findingSubject(finding)));
  }
  if (findings.some(({ severity }) => severity === 'error')) throw new CommandExit(EXIT.findings);
  // a model that was asked for by name and is not here has not been verified
  if (ids.some((id) => skipped.includes(id))) throw new CommandExit(EXIT.usage);
}

export async function listCommand(flags: RegistryListFlags, context: CommandContext): Promise<void> {
  const { registry } = await readRegistry(registryPath(flags, context));
  if (flags.json === true) return print(JSON.stringify(registry.models));
  const width = (name: 'id' | 'onnx'): number =>
    Math.max(0, ...registry.models.map((model) => model[name].length));
  for (const { id, onnx, sha256, license } of registry.models)
    print(
      printable(
        `${id.padEnd(width('id'))}  ${onnx.padEnd(width('onnx'))}  sha256 ${sha256}  ${license ?? 'no licence'}`,
      ),
    );
}

export async function showCommand(
  id: string,
  flags: RegistryShowFlags,
  context: CommandContext,
): Promise<void> {
  const { registry } = await readRegistry(registryPath(flags, context));
  print(JSON.stringify(findEntry(registry, id), null, flags.json === true ? undefined : 2));
}

export async function exportCommand(flags: RegistryExportFlags, context: CommandContext): Promise<void> {
  const { registry } = await readRegistry(registryPath(flags, context));
  process.stdout.write(exportRegistry(registry, 1));
}

function registryPath({ registry }: { readonly registry?: string }, { place }: CommandContext): string {
  return place.registry(registry);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
