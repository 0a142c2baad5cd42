export { RuntimeError, type RuntimeErrorCode } from './errors.ts';
export { DEVICES, type Device } from './device.ts';
export type { EngineName } from '@vqforge/base';
export type { Tensor, TensorData, Tensors } from '@vqforge/ort';
export { firstNonFinite } from './check-tensor.ts';
export { FrRegressor, type RegressorScores } from './fr-regressor.ts';
export { Lpips, type Images, type ImageShape } from './lpips.ts';
export { heatMap, maskedScore, type LayerMap, type LpipsDetail } from './lpips-detail.ts';
export { VERSION } from './version.ts';
