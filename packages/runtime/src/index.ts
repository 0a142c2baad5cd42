export { RuntimeError, type RuntimeErrorCode } from './errors.ts';
export { DEVICES, type Device } from './device.ts';
export type { EngineName } from './engine.ts';
export { type Tensor, type TensorData, type Tensors, firstNonFinite } from './tensor.ts';
export { FrRegressor, type RegressorScores } from './fr-regressor.ts';
export { Lpips, type Images, type ImageShape } from './lpips.ts';
export { heatMap, maskedScore, type LayerMap, type LpipsDetail } from './lpips-detail.ts';
export { VERSION } from './version.ts';
