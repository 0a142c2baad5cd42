export { exportRegressor, type ExportRegressorOptions } from './export-regressor.ts';
export { PipelineError, type PipelineErrorCode } from './errors.ts';
export { retrain, type RetrainObserver, type RetrainOptions, type RetrainResult } from './retrain.ts';
export { describeDataset, type DatasetDescription, type DescribeOptions } from './description-files.ts';
export type { Dataset } from './dataset-files.ts';
export type { Augment, ProbeChoice } from './probe-files.ts';
export {
  labelTable,
  writeProbes,
  type Labelled,
  type LabelOptions,
  type ProbeTableOptions,
} from './label-table.ts';
export { rebuildFrom, type RebuildFromOptions } from './rebuild-model.ts';
export { retrainFolds, type RetrainFoldsOptions } from './retrain-folds.ts';
export { rebuildRegressor, type RebuildOptions } from './rebuild-regressor.ts';
export {
  regenerate,
  type Rebuild,
  type Rebuilt,
  type Regenerated,
  type RegenerateOptions,
} from './regenerate.ts';
export { exportLpips, type ExportLpipsOptions, type ExportLpipsResult } from './lpips-export.ts';
export { rebuildLpips, type RebuildLpipsOptions } from './lpips-rebuild.ts';
export { trainLpips, type TrainLpipsResult } from './train-lpips/train-lpips.ts';
export { DEFAULT_TRAIN_SETS, DEFAULT_VALIDATION_SETS } from './train-lpips/training-request.ts';
export { foreseeTraining, type ForeseenTraining } from './foreseen-training.ts';
export { sweep, type SweepGrid, type SweepOptions, type SweepResult } from './sweep.ts';
