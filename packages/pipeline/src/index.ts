export { exportRegressor, type ExportRegressorOptions } from './export-regressor.ts';
export { PipelineError, type PipelineErrorCode } from './errors.ts';
export { retrain, type RetrainObserver, type RetrainOptions, type RetrainResult } from './retrain.ts';
export type { Dataset } from './dataset-files.ts';
export { rebuildRegressor, type RebuildOptions } from './rebuild-regressor.ts';
export {
  regenerate,
  type Rebuild,
  type Rebuilt,
  type Regenerated,
  type RegenerateOptions,
} from './regenerate.ts';
