export { RuntimeError, type RuntimeErrorCode } from './errors.ts';
export { DEVICES, type Device } from './device.ts';
export type { EngineName } from './engine.ts';
export { openModel, type ModelKind, type OpenModel, type OpenModelOptions } from './open-model.ts';
export type { ModelChoice } from './model-files.ts';
export {
  openSession as openUnverifiedSession,
  type OpenSession,
  type SessionChoice,
} from './open-session.ts';
export type { Tensor, TensorData, Tensors } from './tensor.ts';
export { FrRegressor, type RegressorScores } from './fr-regressor.ts';
export { Lpips, type Images, type ImageShape } from './lpips.ts';
export { heatMap, maskedScore, type LayerMap, type LpipsDetail } from './lpips-detail.ts';
export { openLpips, type OpenLpipsOptions } from './lpips-choice.ts';
