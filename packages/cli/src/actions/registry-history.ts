import { counted, defined } from '@vqforge/base';
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
import { printResult } from '../terminal-text.ts';
import { signatureCheck } from '../signature-flags.ts';
import { textTable } from '../text-table.ts';

/** Digits that tell versions apart for people. */
const SHORT = 12;

/** `vqforge registry history`: exit code 1 where a kept version is damaged. */
export async function historyCommand(
  id: string | undefined,
  flags: RegistryHistoryFlags,
  { place }: CommandContext,
): Promise<void> {
  const registry = place.registry(flags.registry);
  const versions = await registryHistory({
    registry,
    ...defined({ id }),
    ...place.surroundings(registry),
  });
  const rows = versions.map(({ id: of, digest, entry, hasEvidence, isCurrent, problems }) => [
    of,
    digest.slice(0, SHORT),
    `sha256 ${(entry?.sha256 ?? '').slice(0, SHORT)}`,
    hasEvidence ? 'yes' : 'no',
    [...(isCurrent ? ['pinned now'] : []), ...problems].join('; '),
  ]);
  printResult(
    flags,
    versions.map(versionJson),
    rows.length === 0
      ? [`nothing of ${id ?? 'any model'} was replaced`]
      : textTable([['id', 'version', 'onnx', 'evidence', ''], ...rows]),
  );
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

/** `vqforge registry rollback`: pins a kept version again. */
export async function rollbackCommand(
  id: string,
  flags: RegistryRollbackFlags,
  { place, signal }: CommandContext,
): Promise<void> {
  const registry = place.ownRegistry(flags.registry);
  const { changed, version, written, removed, evidence, recovered } = await rollbackModel({
    registry,
    id,
    ...defined({ version: flags.version }),
    ...(await signatureCheck(flags, signal)),
    ...place.surroundings(registry),
  });
  printResult(flags, { id, changed, version, written, removed, evidence }, [
    ...recovered.map(({ detail }) => `recovered: ${detail}`),
    changed
      ? `${id} is version ${version.slice(0, SHORT)} again: ${[...written, ...evidence].join(', ')}`
      : `${id} is version ${version.slice(0, SHORT)} already`,
  ]);
}

/** `vqforge registry remove`: takes a model out; its version is kept. */
export async function removeCommand(
  id: string,
  flags: RegistryRemoveFlags,
  { place }: CommandContext,
): Promise<void> {
  const registry = place.ownRegistry(flags.registry);
  const { removed, recovered } = await removeModel({ registry, id, ...place.surroundings(registry) });
  printResult(flags, { id, removed }, [
    ...recovered.map(({ detail }) => `recovered: ${detail}`),
    `removed ${id}: ${removed.join(', ')}; vqforge registry rollback ${id} brings it back`,
  ]);
}

/** `vqforge registry diff`: prints what differs between two versions. */
export async function diffCommand(
  id: string,
  flags: RegistryDiffFlags,
  { place }: CommandContext,
): Promise<void> {
  const registry = place.registry(flags.registry);
  const diff = await diffModels({
    registry,
    id,
    ...defined({ from: flags.from, to: flags.to }),
    ...place.surroundings(registry),
  });
  printResult(flags, diff, diffLines(diff));
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

/** `vqforge registry prune`: removes kept versions for good. */
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
  printResult(flags, { id, removed }, [`removed ${counted(removed.length, 'version')} of ${id} for good`]);
}
