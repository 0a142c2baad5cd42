import { EVALUATION_SCHEMA, type EvaluationDocument } from '@vqforge/artifact';
import { GENERATOR, inOrder } from '@vqforge/base';
import { BappsError } from './errors.ts';
import type { Bootstrap } from './bootstrap.ts';
import { BappsDataset, type JudgedPatches, type OpenBappsOptions } from './dataset.ts';
import { inGroups } from './groups.ts';
import { judgesOf } from './manifest.ts';
import type { BappsMode } from './layout.ts';
import type { PatchMetric } from './patch-metric.ts';
import { scoreSets, type SetJudgements } from './set-scores.ts';

export interface EvaluateOptions extends OpenBappsOptions {
  /** Folder with `2afc` and `jnd`. */
  readonly dataset: string;
  readonly mode: BappsMode;
  readonly metric: PatchMetric;
  /** Items per call of the metric. */
  readonly batchSize: number;
  readonly bootstrap: Bootstrap;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Judges a metric on BAPPS: on triplets by two-alternative forced choice, on pairs by average precision. Memory holds
 * three numbers per item, never the pictures.
 *
 * @throws BappsError NOT_BAPPS, UNKNOWN_SET, EMPTY_SET, UNREADABLE, DAMAGED_DATASET, INTERRUPTED; those of the metric
 * @example
 * const metric = classicMetric({ name: 'l2', colorspace: 'RGB', bugCompatible: false });
 * const { sets } = await evaluate({
 *   dataset: 'bapps', mode: '2afc', batchSize: 1, metric, bootstrap: { resamples: 1000, seed: 0 },
 * });
 * sets[0]; // => { set: 'val/traditional', count: …, score: 0.6, interval: [ …, … ], … } on writeMiniBapps's of seed 0, count 2
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationDocument> {
  const { mode, metric, batchSize, bootstrap, signal, progress } = options;
  const dataset = await BappsDataset.open(options.dataset, mode, options);
  const sets = new Map<string, SetJudgements>();
  const compare = async (
    items: JudgedPatches[],
  ): Promise<{ items: JudgedPatches[]; distances: number[][] }> => {
    const comparisons = items.map(({ patches: [reference, ...distorted] }) => ({
      reference: reference as Uint8Array,
      distorted,
    }));
    return { items, distances: await metric.distances(comparisons) };
  };
  let done = 0;
  for await (const { items, distances } of inOrder(
    inGroups(dataset.items(), batchSize),
    metric.parallel,
    compare,
  )) {
    if (signal?.aborted === true) throw new BappsError('INTERRUPTED', 'the evaluation was interrupted');
    for (const [at, { set, id, judgement }] of items.entries()) {
      const judged = sets.get(set) ?? { set, ids: [], distances: [], judgements: [] };
      sets.set(set, judged);
      judged.ids.push(id);
      judged.distances.push(distances[at] as number[]);
      judged.judgements.push(judgement);
    }
    progress?.((done += items.length), dataset.count);
  }
  for (const { set } of await dataset.digests()) {
    if (!sets.has(set))
      throw new BappsError('EMPTY_SET', `${set}: everything in it is damaged; bapps verify tells how`);
  }
  return {
    schema: EVALUATION_SCHEMA,
    mode,
    metric: metric.description,
    dataset: {
      sha256: await dataset.digest(),
      sets: await dataset.digests(),
      resize: options.resize ?? 'bilinear',
      judged_by: await judgesOf(options.dataset),
    },
    ...scoreSets(mode, [...sets.values()], metric.description, bootstrap),
    damaged: dataset.damaged,
    bootstrap: { ...bootstrap, generator: GENERATOR },
  };
}
