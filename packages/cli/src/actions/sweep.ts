import { counted, defined } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { settingName, type Sweep } from '@vqforge/artifact';
import { requireSafeOutputs, writeDocuments } from '@vqforge/artifact/node';
import { sweep } from '@vqforge/pipeline';
import type { Runner } from '@vqforge/pipeline/runner';
import { measureText, sweepReport } from '@vqforge/report';
import { columnMap } from '../column-map.ts';
import type { CommandContext } from '../command-shape.ts';
import type { SweepFlags } from '../commands/sweep.ts';
import { Progress } from '../progress.ts';
import { printResult, shownPath } from '../terminal-text.ts';
import { queueTrouble } from '../queue-trouble.ts';
import { textTable } from '../text-table.ts';
import { defaultTable, ownOutputs } from '../workspace-defaults.ts';

/** `vqforge sweep`: trains the points of a grid that have no evidence yet, and writes document and page. */
export async function sweepCommand(
  flags: SweepFlags,
  { signal, place, version }: CommandContext,
): Promise<void> {
  const progress = new Progress(flags, 'sweep', 'runs');
  const own = ownOutputs(place, flags.out);
  const runner = await runnerOf(flags, signal, progress);
  const result = await sweep({
    parquet: flags.parquet ?? defaultTable(place),
    features: flags.featureColumns ?? flags.features,
    teacherColumn: flags.teacherColumn,
    map: columnMap(flags),
    dropInvalid: flags.dropInvalid === true,
    grid: {
      recipes: flags.recipe,
      seeds: flags.seeds,
      epochs: flags.epochs ?? [],
      batchSizes: flags.batchSize ?? [],
      learningRates: flags.lr ?? [],
      weightDecays: flags.weightDecay ?? [],
    },
    engine: flags.engine,
    shipThreshold: flags.shipThreshold,
    cores: flags.workers ?? availableParallelism(),
    ...defined({
      teacherRange: flags.teacherRange,
      augment: flags.augment,
      out: flags.out === undefined ? undefined : resolve(flags.out),
      runner,
      share: flags.shard,
    }),
    ...own,
    force: flags.force === true,
    version,
    signal,
    now: () => performance.now(),
    observer: {
      table: (table, points, known) =>
        progress.line(
          `${counted(table.rows, 'row')}, ${counted(points, 'point')}${known === 0 ? '' : `, ${known} of them done before`}`,
        ),
      point: ({ recipe, seed, summary }, done, total) => {
        progress.line(`${settingName(recipe)}, seed ${seed}: RMSE ${measureText('rmse', summary.mean_rmse)}`);
        progress.update(done, total);
      },
    },
  }).finally(() => progress.stop());
  const page = join(result.folder, 'sweep.html');
  await requireSafeOutputs({
    outputs: [{ path: page, flag: '--out', kind: 'html', role: 'document' }],
    inputs: [],
    force: flags.force === true,
  });
  await writeDocuments([{ path: page, text: sweepReport(result.sweep) }]);
  const { sweep: found, document } = result;
  printResult(flags, { ...found, document, page }, [
    ...sweepLines(found),
    ...[document, page].map((path) => `written: ${shownPath(path)}`),
  ]);
}

/** How long a queue keeps a training for a machine that gives no sign of life. */
const LOCK_MS = 30_000;

/** The queue of `--queue`, which hands trainings to all machines that run the same sweep, this one among them. */
async function runnerOf(
  { queue }: SweepFlags,
  signal: AbortSignal,
  progress: Progress,
): Promise<Runner | undefined> {
  if (queue === undefined) return undefined;
  const { queueRunner, queueUrl } = await import('@vqforge/corpus');
  const place = queueUrl(queue);
  return queueRunner({ place, lockMs: LOCK_MS, signal, onTrouble: queueTrouble(place, progress) });
}

function sweepLines({ settings, points, size }: Sweep): string[] {
  const rmse = (value: number | null): string => measureText('rmse', value);
  const others =
    points.length < size
      ? [`${size - points.length} of ${size} points have no evidence yet: other shares'`]
      : [];
  const table = textTable([
    ['setting', 'seeds', 'RMSE', 'least', 'greatest', 'PLCC', 'SROCC'],
    ...settings.map(({ name, seeds, mean_rmse, mean_plcc, mean_srocc }) => [
      name,
      String(seeds.length),
      rmse(mean_rmse.mean),
      rmse(mean_rmse.min),
      rmse(mean_rmse.max),
      measureText('plcc', mean_plcc.mean),
      measureText('srocc', mean_srocc.mean),
    ]),
  ]);
  return [...others, ...table];
}
