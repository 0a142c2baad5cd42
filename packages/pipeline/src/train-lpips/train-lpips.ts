import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { compactJson, sha256 } from '@vqforge/base';
import type { HeadsEpochRecord, HeadsMetricsDocument } from '@vqforge/artifact';
import {
  contentDigest,
  flatHeads,
  headsOfFlat,
  lpipsStatisticsModel,
  tapChannels,
  type StateDict,
} from '@vqforge/export';
import { assertHeadsRecipe, fitHeads, headsOf, type HeadsProgress } from '@vqforge/train';
import { type OpenBappsOptions, openTwoAfc, type TwoAfc } from '@vqforge/bapps';
import {
  makeFolder,
  requireFolderOf,
  requireSafeOutputs,
  workspaceFolders,
  type WorkspaceFolders,
} from '@vqforge/artifact/node';
import type { Engine } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { PipelineError } from '../errors.ts';
import { assertFreeId } from '../lpips-export.ts';
import { evidenceOutputs, outputPaths, runOutputs, type OutputPaths } from '../output-paths.ts';
import type { RunFile } from '../run-documents.ts';
import { headsGate } from './heads-gate.ts';
import { loadProgress, saveProgress } from './progress-file.ts';
import { besideRun, shipHeads } from './ship-heads.ts';
import { statisticsPass, type SetStatistics } from './statistics-pass.ts';
import type { TrainingFacts } from './training-documents.ts';
import { byteArguments, choiceOf, type TrainLpipsOptions } from './training-request.ts';
import { trainingWeights, type TrainingWeights } from './training-weights.ts';
import { TripletSessions } from './trunk-pass.ts';
import { creditsOf, headsScores, meanScore, scoreDifference } from './validation.ts';

export interface TrainLpipsResult {
  readonly metrics: HeadsMetricsDocument;
  /** Triplets whose images passed through the trunk in this run; the others were kept from an earlier one. */
  readonly computed: number;
  /** Everything written, in order; paths are absolute. */
  readonly written: readonly RunFile[];
}

/** Both parts of a dataset, as streams and as statistics. */
interface Parts {
  readonly validationSet: TwoAfc;
  readonly train: SetStatistics;
  readonly validation: SetStatistics;
}

/**
 * Trains the heads of LPIPS on two-alternative forced choices with a frozen trunk: one pass of all images through the trunk,
 * epochs on what the heads see of them, gate, export, parity, publish, evidence.
 *
 * An interrupted run leaves its statistics and its epochs, and the same command goes on from there to the same bytes.
 *
 * @throws PipelineError and the coded errors of train, export and registry
 */
export async function trainLpips(options: TrainLpipsOptions): Promise<TrainLpipsResult> {
  assertHeadsRecipe(options.recipe);
  const paths = await checkOutputs(options);
  const start = options.now();
  const weights = await trainingWeights(options);
  const engine = await openEngine(options.engine);
  const trunkDigest = contentDigest(weights.trunk);
  const parts = await bothParts(options, weights.trunk, trunkDigest);
  try {
    const { train, validation } = parts;
    const passed = options.now();
    const inputs = {
      trunk: trunkDigest,
      train: train.digest,
      validation: validation.digest,
      ...(weights.given === null ? {} : { given_heads: contentDigest(weights.given) }),
    };
    const args = { ...choiceOf(options), ...byteArguments(options) };
    const key = sha256(compactJson({ args, inputs, version: options.packageVersion }));
    const folder = join(foldersOf(options).runs, options.id ?? `lpips_${options.net}-${key.slice(0, 8)}`);
    if (paths.metrics === undefined) await makeFolder(folder);
    const metricsPath = paths.metrics ?? join(folder, 'metrics.json');
    if (options.heads !== undefined && resolve(options.heads) === besideRun(metricsPath, 'heads.safetensors'))
      throw new PipelineError(
        'BAD_OUTPUT',
        `--heads ${options.heads} is where the trained heads would be written; copy it elsewhere, or choose another --id`,
      );
    const { heads, epochs } = await trainHeads(engine, options, weights, parts, {
      path: besideRun(metricsPath, 'progress.json'),
      key,
    });
    const facts: TrainingFacts = {
      options,
      inputs,
      train,
      validation,
      epochs,
      ...judge(validation, weights, flatHeads(heads)),
      heads: contentDigest(heads),
    };
    const timings = { statistics: passed - start, training: options.now() - passed };
    const shipped = await shipHeads({ facts, heads, trunk: weights.trunk, ...parts }, timings, {
      ...paths,
      metrics: metricsPath,
    });
    return { ...shipped, computed: train.computed + validation.computed };
  } finally {
    parts.train.close();
    parts.validation.close();
  }
}

/** Trained heads beside all others on the validation sets, and the gate's verdict on them. */
function judge(
  validation: SetStatistics,
  { baseline, start, given, reference, against }: TrainingWeights,
  trained: Float32Array,
): Pick<TrainingFacts, 'scores' | 'against' | 'difference' | 'verdict'> {
  const credits = creditsOf(validation, trained);
  const referenceCredits = creditsOf(validation, reference);
  const difference = scoreDifference(credits, referenceCredits);
  return {
    scores: {
      baseline: headsScores(creditsOf(validation, baseline)),
      given: given && headsScores(referenceCredits),
      start: headsScores(creditsOf(validation, start)),
      trained: headsScores(credits),
    },
    against,
    difference,
    verdict: headsGate(difference, against),
  };
}

function foldersOf({ root, folders }: TrainLpipsOptions): WorkspaceFolders {
  return folders ?? workspaceFolders(root);
}

/** Refuses what could not be written at the end of a long run. */
async function checkOutputs(options: TrainLpipsOptions): Promise<OutputPaths> {
  const { id, net } = options;
  if (id !== undefined) assertFreeId(id);
  const paths = outputPaths(options.outputs, foldersOf(options).model, `${id ?? `lpips_${net}`}.onnx`);
  if (paths.metrics !== undefined) await requireFolderOf(paths.metrics, '--metrics-out');
  const folders = foldersOf(options);
  await requireSafeOutputs({
    outputs: [
      ...(options.export ? runOutputs(paths) : []),
      ...(paths.metrics === undefined ? [] : evidenceOutputs(paths.metrics)),
    ],
    inputs: [options.dataset, options.trunk, options.heads].filter((path) => path !== undefined),
    registries: [folders.model],
    runs: [folders.runs],
    force: options.force === true,
  });
  if (!options.export) return paths;
  if (id === undefined)
    throw new PipelineError(
      'BAD_NAME',
      'trained heads are a model of their own: name it with --id, or add --no-export to evaluate them',
    );
  if (options.untrainedTrunk)
    throw new PipelineError(
      'UNPUBLISHABLE',
      'a trunk that learned nothing is not published; add --no-export',
    );
  if (net === 'vgg')
    throw new PipelineError(
      'UNPUBLISHABLE',
      'VGG16 is larger than a registry takes; add --no-export, then vqforge export lpips --net vgg --heads <run>/heads.safetensors --no-registry',
    );
  await requireFolderOf(paths.onnx, '--out-onnx');
  return paths;
}

async function bothParts(options: TrainLpipsOptions, trunk: StateDict, trunkDigest: string): Promise<Parts> {
  const { net, version, dataset, resize, skipDamaged, signal, observer } = options;
  const kept = options.statistics ?? join(foldersOf(options).runs, 'statistics');
  await makeFolder(kept);
  const open = (sets: readonly string[]): Promise<TwoAfc> => {
    const choice: OpenBappsOptions = { sets, resize, skipDamaged };
    return openTwoAfc(dataset, choice);
  };
  // both are opened first: what is missing is said before anything is computed
  const [trainSet, validationSet] = [await open(options.trainSets), await open(options.validationSets)];
  const sessions = new TripletSessions(
    () => lpipsStatisticsModel({ net, version, trunk }),
    options.engine,
    'statistics',
    options.workers,
  );
  const pass = (part: 'train' | 'validation', set: TwoAfc): Promise<SetStatistics> => {
    // which triplets are in a file, each of its rows says itself; this keeps different trainings apart
    const of = { dataset: resolve(dataset), part, trunkDigest, net, version, engine: options.engine, resize };
    return statisticsPass({
      sessions,
      channels: tapChannels(net).reduce((sum, channels) => sum + channels, 0),
      dataset: set,
      path: join(kept, `${net}-${part}-${sha256(compactJson(of)).slice(0, 16)}.f32`),
      signal,
      onTriplet: (done, total) => observer?.triplet?.(part, done, total),
    });
  };
  try {
    const train = await pass('train', trainSet);
    try {
      return { validationSet, train, validation: await pass('validation', validationSet) };
    } catch (error) {
      train.close();
      throw error;
    }
  } finally {
    await sessions.close();
  }
}

/** Epochs, each kept as it ends. */
async function trainHeads(
  engine: Engine,
  { recipe, seed, net, signal, observer }: TrainLpipsOptions,
  weights: TrainingWeights,
  { train, validation }: Parts,
  { path, key }: { readonly path: string; readonly key: string },
): Promise<{ readonly heads: StateDict; readonly epochs: readonly HeadsEpochRecord[] }> {
  const saved = await loadProgress(path, key);
  const epochs: HeadsEpochRecord[] = [...(saved?.epochs ?? [])];
  if (saved !== undefined) observer?.resumed?.(epochs.length);
  const fitted = await fitHeads({
    engine,
    statistics: train,
    recipe,
    seed,
    heads: weights.start,
    ...(saved === undefined ? {} : { resumeFrom: saved.progress }),
    onSteps: async (done, total) => {
      observer?.step?.(done, total);
      // a turn of the event loop, so that an interrupt is heard
      await setImmediate();
      if (signal?.aborted === true)
        throw new PipelineError('INTERRUPTED', 'interrupted; the epochs done are kept for the next run');
    },
    onEpoch: async (progress: HeadsProgress) => {
      const epoch: HeadsEpochRecord = {
        ...(progress.epochs.at(-1) as HeadsProgress['epochs'][number]),
        validation_accuracy: meanScore(creditsOf(validation, headsOf(progress, train.channels))),
      };
      epochs.push(epoch);
      await saveProgress(path, key, { progress, epochs });
      observer?.epoch?.(epoch);
    },
  });
  return { heads: headsOfFlat(net, fitted.heads), epochs };
}
