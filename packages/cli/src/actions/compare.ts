import { writeDocuments } from '@vqforge/artifact/node';
import {
  type Comparison,
  comparisonReport,
  type Difference,
  MEASURE_NAMES,
  MEASURES,
  measureText,
  readComparison,
} from '@vqforge/report';
import type { CommandContext } from '../command-shape.ts';
import type { CompareFlags } from '../commands/compare.ts';
import { requireDocumentOutputs } from '../document-outputs.ts';
import { printResult, shownPath } from '../terminal-text.ts';
import { textTable } from '../text-table.ts';

/** `vqforge compare`: prints fold by fold how runs differ. */
export async function compareCommand(
  names: readonly string[],
  flags: CompareFlags,
  { place }: CommandContext,
): Promise<void> {
  const { resamples, seed, out, output } = flags;
  // without a workspace, runs are named by their paths
  const runs = place.found?.runs ?? place.root;
  const { comparison, files } = await readComparison({ names, runs, bootstrap: { resamples, seed } });
  const outputs = [
    ...(out === undefined ? [] : [{ path: out, flag: '--out', kind: 'html' } as const]),
    ...(output === undefined ? [] : [{ path: output, flag: '--output', kind: 'json' } as const]),
  ];
  await requireDocumentOutputs(outputs, {
    inputs: files,
    registries: [place.registry(undefined)],
    runs: [runs],
    force: flags.force === true,
  });
  await writeDocuments([
    ...(out === undefined ? [] : [{ path: out, text: comparisonReport(comparison) }]),
    ...(output === undefined ? [] : [{ path: output, text: `${JSON.stringify(comparison, null, 2)}\n` }]),
  ]);
  printResult(flags, comparison, [
    ...comparisonLines(comparison),
    ...outputs.map(({ path }) => `written: ${shownPath(path)}`),
  ]);
}

function comparisonLines({
  runs,
  sources,
  folds,
  differences,
  bootstrap,
  warnings,
  left_out: leftOut,
}: Comparison): string[] {
  const names = runs.map(({ name }) => name);
  const tables = MEASURES.flatMap((measure) => [
    ...textTable([
      [MEASURE_NAMES[measure], ...names],
      ...sources.map((source, row) => [
        source,
        ...(folds[measure][row] ?? []).map((value) => measureText(measure, value)),
      ]),
      ['mean', ...runs.map(({ summary }) => measureText(measure, summary[`mean_${measure}`]))],
    ]),
    '',
  ]);
  return [
    ...tables,
    ...textTable([
      [`from ${names[0]}`, 'measure', 'mean', '95 %', 'better', 'worse'],
      ...differences.map(differenceCells),
    ]),
    `intervals: ${bootstrap.resamples} resamples of ${sources.length} sources, seed ${bootstrap.seed}`,
    ...(leftOut.length === 0 ? [] : [`held out by some runs only, left out: ${leftOut.join(', ')}`]),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}

function differenceCells({ run, measure, mean, interval, better, worse, folds }: Difference): string[] {
  const of = (value: number): string => measureText(measure, value);
  return [
    run,
    MEASURE_NAMES[measure],
    measureText(measure, mean),
    interval === null ? '–' : `${of(interval.low)} … ${of(interval.high)}`,
    `${better} of ${folds}`,
    String(worse),
  ];
}
