import type { RecipeChoice, Sidecar } from '@vqforge/artifact';
import { compactJson, type EngineName } from '@vqforge/base';

/** The choices of a user that decide the bytes of a trained regressor. */
export interface TrainingOrigin {
  /** Content digest of the table. */
  readonly datasetDigest: string;
  /** Content digest of the teacher probes among its training rows; default: none. */
  readonly probesDigest?: string;
  readonly recipe: RecipeChoice;
  readonly seed: number;
  readonly engine: EngineName;
}

/**
 * Whether two models were made of the same things in the same way, so that one is a rebuild of the other: the same table,
 * recipe, seed and engine for a regressor; the same weights and arguments for an LPIPS model.
 */
export function isRebuild(old: Sidecar, next: Sidecar): boolean {
  return compactJson(originOf(old)) === compactJson(originOf(next));
}

/** Foresees `isRebuild` before the training that makes the sidecar. */
export function isRebuildBy(old: Sidecar, origin: TrainingOrigin): boolean {
  const next = { task: 'feature_regression', probesDigest: null, ...origin };
  return compactJson(originOf(old)) === compactJson(next);
}

function originOf(sidecar: Sidecar): object {
  const { task } = sidecar;
  if (sidecar.task === 'feature_regression') {
    const { dataset_digest: datasetDigest, augmentation, recipe, seed, engine } = sidecar.training;
    const probesDigest = augmentation?.dataset_digest ?? null;
    return { task, datasetDigest, probesDigest, recipe, seed, engine };
  }
  return { task, weights: sidecar.weights, args: sidecar.run_provenance.args };
}
