import { counted } from '@vqforge/base';
import type { JsonDifference } from '@vqforge/artifact';
import {
  diffModels,
  pruneHistory,
  registryHistory,
  removeModel,
  rollbackModel,
  type ModelDiff,
  type ReplacedVersion,
} from '@vqforge/registry/node';
import type { CommandContext } from '../command-shape.ts';
import type {
  RegistryDiffFlags,
  RegistryHistoryFlags,
  RegistryPruneFlags,
  RegistryRemoveFlags,
  RegistryRollbackFlags,
} from '../commands/registry.ts';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { signatureCheck } from '../signature-flags.ts';
import { textTable } from '../text-table.ts';

/** Digits that tell versions apart for people. */
const SHORT = 12;

export async function historyCommand(
  id: string | undefined,
  flags: RegistryHistoryFlags,
  { place }: CommandContext,
): Promise<void> {
  const registry = place.registry(flags.registry);
  const versions = await registryHistory({
    registry,
    ...(id === undefined ? {} : { id }),
    ...place.surroundings(registry),
  });
  if (flags.json === true) print(JSON.stringify(versions.map(versionJson)));
  else if (versions.length === 0) print(`nothing of ${id ?? 'any model'} was replaced`);
  else
    textTable([
      ['id', 'version', 'onnx', 'evidence', ''],
      ...versions.map(({ id: of, digest, entry, hasEvidence, isCurrent, problems }) => [
        of,
        digest.slice(0, SHORT),
        `sha256 ${(entry?.sha256 ?? '').slice(0, SHORT)}`,
        hasEvidence ? 'yes' : 'no',
        [...(isCurrent ? ['pinned now'] : []), ...problems].join('; '),
      ]),
    ]).forEach(print);
  if (versions.some(({ problems }) => problems.length > 0)) throw new CommandExit(EXIT.findings);
}

function versionJson(version: ReplacedVersion): object {
  const { id, digest, entry, document, isCurrent, hasEvidence, problems } = version;
  return {
    id,
    version: digest,
    entry,
    sequence: document?.sequence ?? null,
    replaced_by: document?.replaced_by ?? null,
    is_current: isCurrent,
    has_evidence: hasEvidence,
    problems,
  };
}

export async function rollbackCommand(
  id: string,
  flags: RegistryRollbackFlags,
  { place, signal }: CommandContext,
): Promise<void> {
  const registry = place.ownRegistry(flags.registry);
  const { changed, version, written, removed, evidence, recovered } = await rollbackModel({
    registry,
    id,
    ...(flags.version === undefined ? {} : { version: flags.version }),
    ...(await signatureCheck(flags, signal)),
    ...place.surroundings(registry),
  });
  if (flags.json === true) return print(JSON.stringify({ id, changed, version, written, removed, evidence }));
  for (const { detail } of recovered) print(`recovered: ${detail}`);
  print(
    changed
      ? `${id} is version ${version.slice(0, SHORT)} again: ${[...written, ...evidence].join(', ')}`
      : `${id} is version ${version.slice(0, SHORT)} already`,
  );
}

export async function removeCommand(
  id: string,
  flags: RegistryRemoveFlags,
  { place }: CommandContext,
): Promise<void> {
  const registry = place.ownRegistry(flags.registry);
  const { removed, recovered } = await removeModel({ registry, id, ...place.surroundings(registry) });
  if (flags.json === true) return print(JSON.stringify({ id, removed }));
  for (const { detail } of recovered) print(`recovered: ${detail}`);
  print(`removed ${id}: ${removed.join(', ')}; vqforge registry rollback ${id} brings it back`);
}

export async function diffCommand(
  id: string,
  flags: RegistryDiffFlags,
  { place }: CommandContext,
): Promise<void> {
  const registry = place.registry(flags.registry);
  const diff = await diffModels({
    registry,
    id,
    ...(flags.from === undefined ? {} : { from: flags.from }),
    ...(flags.to === undefined ? {} : { to: flags.to }),
    ...place.surroundings(registry),
  });
  if (flags.json === true) return print(JSON.stringify(diff));
  diffLines(diff).forEach(print);
}

function diffLines({ id, from, to, entry, sidecar, graph, metrics }: ModelDiff): string[] {
  const part = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [name, ...lines.map((line) => `  ${line}`)];
  const changes = [
    ...part('entry', entry.map(differenceText)),
    ...part('sidecar', sidecar.map(differenceText)),
    ...part('graph', graph),
    ...part('metrics', metrics.map(differenceText)),
  ];
  return [
    `${id}: version ${from.slice(0, SHORT)} → ${to.slice(0, SHORT)}`,
    ...(changes.length === 0 ? ['no difference'] : changes),
  ];
}

function differenceText({ path, expected, got }: JsonDifference): string {
  return `${path}: ${JSON.stringify(expected) ?? 'absent'} → ${JSON.stringify(got) ?? 'absent'}`;
}

export async function pruneCommand(
  id: string,
  flags: RegistryPruneFlags,
  { place }: CommandContext,
): Promise<void> {
  const registry = place.ownRegistry(flags.registry);
  const { removed } = await pruneHistory({
    registry,
    id,
    keep: flags.keep,
    ...place.surroundings(registry),
  });
  if (flags.json === true) return print(JSON.stringify({ id, removed }));
  print(`removed ${counted(removed.length, 'version')} of ${id} for good`);
}

function print(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}
