export {
  crossValidate,
  score,
  type CrossValidation,
  type LosoReport,
  type ToInferenceModel,
} from './cross-validation.ts';
export { heldOutSources, type ProbeData, type SourceColumn, type TrainingData } from './dataset.ts';
export { TrainError, type TrainErrorCode } from './errors.ts';
export { shipGate, summarise, type PerFold, type Verdict } from './gate.ts';
export {
  fitHeads,
  headsOf,
  type FitHeadsOptions,
  type HeadsEpoch,
  type HeadsProgress,
} from './lpips/fit-heads.ts';
export { assertHeadsRecipe, UPSTREAM_HEADS_RECIPE, type HeadsRecipe } from './lpips/heads-recipe.ts';
export { randomHeads, type Ranking } from './lpips/ranking-network.ts';
export { tripletDistances, type TripletStatistics } from './lpips/triplets.ts';
export { agreement } from './metrics/agreement.ts';
export { krocc } from './metrics/krocc.ts';
export { plcc } from './metrics/plcc.ts';
export { rmse } from './metrics/rmse.ts';
export { srocc } from './metrics/srocc.ts';
export { flatten, unflatten } from './network.ts';
export {
  RECIPES,
  recordedRecipe,
  resolveRecipe,
  type Recipe,
  type RecipeName,
  type RecipeOverrides,
} from './recipe.ts';
export type { FitReply } from './training-messages.ts';
export { predict } from './predict.ts';
export { standardise } from './standardisation.ts';
export { trainingRows, type TrainingRows } from './training-rows.ts';
export { TrainingPool, type PoolOptions } from './training-pool.ts';
