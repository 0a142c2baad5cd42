export { maxAbsError, REGRESSOR_PARITY_TOLERANCE } from './parity.ts';
export { REGRESSOR, regressorModel, type RegressorWeights } from './regressor.ts';
export type { Dtype } from './weights/dtype.ts';
export { WeightsError, type WeightsErrorCode } from './weights/errors.ts';
export { flatHeads, headsFile, headsOfFlat, tapChannels } from './weights/lpips-heads.ts';
export {
  headTensors,
  NET_LAYOUTS,
  trunkTensors,
  type LpipsNet,
  type NetLayout,
} from './weights/lpips-tensors.ts';
export {
  selectHeads,
  selectTensors,
  selectTrunk,
  type SelectOptions,
  type TensorSpec,
} from './weights/lpips-weights.ts';
export {
  readWeights,
  type ReadWeightsOptions,
  type WeightContainer,
  type Weights,
} from './weights/read-weights.ts';
export { contentDigest, float32Values, type StateDict, type StateTensor } from './weights/state-dict.ts';
export type { LpipsInput } from './lpips/colour.ts';
export { LPIPS, mapName, PINNED_LPIPS, type LpipsVersion, type PinnedLpips } from './lpips/contract.ts';
export { lpipsStatisticsModel } from './lpips/statistics-model.ts';
export { lpipsModel, type LpipsModelOptions } from './lpips/lpips-model.ts';
export { lpipsParity, lpipsParityTolerance } from './lpips/parity.ts';
