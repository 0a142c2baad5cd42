import type { EngineName, HeadsEpochRecord } from '@vqforge/artifact';
import { GENERATOR, type Json } from '@vqforge/base';
import { LPIPS, type LpipsNet, type LpipsVersion } from '@vqforge/export';
import { type HeadsRecipe } from '@vqforge/train';
import { LAYOUTS, type Resize } from '@vqforge/bapps';
import type { LpipsChoice } from '../lpips-sidecar.ts';
import type { PublishingOptions } from '../output-paths.ts';

/** Where the heads stand before the first step: drawn, as upstream does, or heads that there are. */
type Start = 'random' | 'heads';

/** The sets that upstream trains on, and those that it evaluates. */
export const DEFAULT_TRAIN_SETS: readonly string[] = ['train/traditional', 'train/cnn', 'train/mix'];
export const DEFAULT_VALIDATION_SETS: readonly string[] = LAYOUTS['2afc'].defaultSets;

/** The options of a training that can change a byte of the result, beside the content of the files. */
interface TrainingRequest {
  readonly net: LpipsNet;
  readonly version: LpipsVersion;
  /** A trunk from the generator instead of one that was trained on ImageNet. */
  readonly untrainedTrunk: boolean;
  readonly trainSets: readonly string[];
  readonly validationSets: readonly string[];
  readonly resize: Resize;
  readonly skipDamaged: boolean;
  readonly start: Start;
  readonly recipe: HeadsRecipe;
  readonly seed: number;
  readonly engine: EngineName;
}

export interface TrainLpipsOptions extends TrainingRequest, PublishingOptions {
  /** Folder with `2afc/train` and `2afc/val`. */
  readonly dataset: string;
  /** Weight files; default: those of the cache. */
  readonly trunk?: string;
  /** Heads that training is held against, and begins with where `start` says so; default: upstream's, of the cache. */
  readonly heads?: string;
  readonly cache: string;
  /** Threads that pass images through the trunk; they change no byte. */
  readonly workers: number;
  /** Folder that keeps statistics from one training to the next; default: `runs/statistics`. */
  readonly statistics?: string;
  /** Name in the registry; needed to ship. */
  readonly id?: string;
  /** False never ships. */
  readonly export: boolean;
  readonly packageVersion: string;
  readonly observer?: TrainLpipsObserver;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Calls that report the progress of a training. */
interface TrainLpipsObserver {
  /** Triplets whose statistics there are, of one of the two parts. */
  readonly triplet?: (part: 'train' | 'validation', done: number, total: number) => void;
  readonly step?: (done: number, total: number) => void;
  /** Epochs that an earlier, interrupted run had done. */
  readonly resumed?: (epochs: number) => void;
  readonly epoch?: (epoch: HeadsEpochRecord) => void;
}

/** The graph that trained heads go into. */
export function choiceOf({ net, version }: TrainingRequest): LpipsChoice {
  return { net, version, baseline: false, maps: false, input: 'float32', opset: LPIPS.opset };
}

/** The arguments of provenance: only what can change the bytes. */
export function byteArguments(request: TrainingRequest): Record<string, Json> {
  const { recipe } = request;
  return {
    untrained_trunk: request.untrainedTrunk,
    train_sets: request.trainSets,
    validation_sets: request.validationSets,
    resize: request.resize,
    skip_damaged: request.skipDamaged,
    start: request.start,
    ranking: recipe.ranking,
    epochs: recipe.epochs,
    decay_epochs: recipe.decayEpochs,
    batch_size: recipe.batchSize,
    lr: recipe.learningRate,
    engine: request.engine,
    seed: request.seed,
    random: GENERATOR,
  };
}
