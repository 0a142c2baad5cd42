import { counted, defined } from '@vqforge/base';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelLicense as licenseOfModels } from '@vqforge/artifact';
import { describeDataset, type DatasetDescription } from '@vqforge/pipeline';
import { columnMap } from '../column-map.ts';
import type { CommandContext } from '../command-shape.ts';
import type { DatasetDescribeFlags } from '../commands/dataset.ts';
import { columnLines } from '../loso-table.ts';
import { printResult, shownPath } from '../terminal-text.ts';
import { UsageError } from '../usage-error.ts';

/** `vqforge dataset describe`: writes the manifest of a table, or of a folder of judgements. */
export async function describeCommand(
  paths: readonly string[],
  flags: DatasetDescribeFlags,
  { signal }: CommandContext,
): Promise<void> {
  const [only, ...others] = paths;
  if (others.length === 0 && (await holdsJudgements(only!))) return describeJudgements(only!, flags);
  const { teacherColumn, teacherModel, judgedBy, id, license, modelLicense, attribution } = flags;
  const description = await describeDataset({
    paths,
    features: flags.featureColumns ?? flags.features,
    teacherColumn,
    map: columnMap(flags),
    ...defined({ teacherModel, judgedBy, id, license, modelLicense, attribution }),
    force: flags.force === true,
    signal,
  });
  const { manifest, written } = description;
  printResult(flags, { manifest, written }, lines(description));
}

function lines({ table, manifest, written }: DatasetDescription): string[] {
  const unknown = manifest.sources.filter(({ license }) => license === 'NOASSERTION').length;
  return [
    `${manifest.id}: ${counted(manifest.rows, 'row')}, ${counted(manifest.sources.length, 'source')}, teacher ${manifest.teacher.column}${manifest.teacher.model === null ? '' : ` (${manifest.teacher.model})`}`,
    ...columnLines(table),
    ...table.warnings.map(({ message }) => `warning: ${message}`),
    `models that are trained on it: ${licenseOfModels(manifest)}`,
    ...(unknown === 0
      ? []
      : [
          `${counted(unknown, 'source')} without a licence: give one with --license, or each its own in the manifest`,
        ]),
    ...written.map(shownPath),
  ];
}

/** Sets of BAPPS: choices of people, or of what stands for them, and no table. */
async function holdsJudgements(path: string): Promise<boolean> {
  const found = await Promise.all(
    ['2afc', 'jnd'].map((mode) => stat(join(path, mode)).catch(() => undefined)),
  );
  return found.some((entry) => entry?.isDirectory() === true);
}

async function describeJudgements(folder: string, flags: DatasetDescribeFlags): Promise<void> {
  if (flags.judgedBy === undefined)
    throw new UsageError(`${folder} holds judgements: say whose they are with --judged-by people or rule`);
  const bapps = await import('@vqforge/bapps');
  const manifest = await bapps.describeJudgements(folder, flags.judgedBy, flags.id);
  const path = join(folder, 'bapps.json');
  printResult(flags, { manifest, written: [path] }, [
    `${manifest.origin}: ${counted(manifest.sets.length, 'set')}, judged by ${flags.judgedBy === 'rule' ? 'a rule' : 'people'}`,
    shownPath(path),
  ]);
}
