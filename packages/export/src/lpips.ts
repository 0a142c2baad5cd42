export { LPIPS, PINNED_LPIPS, type LpipsVersion } from './lpips/contract.ts';
export type { LpipsInput } from './lpips/colour.ts';
export { lpipsModel, type LpipsModelOptions } from './lpips/lpips-model.ts';
export { NET_LAYOUTS } from './weights/lpips-tensors.ts';
export { lpipsParity, lpipsParityTolerance } from './lpips/parity.ts';
export { contentDigest, type StateDict } from './weights/state-dict.ts';
export type { LpipsNet } from './weights/lpips-tensors.ts';
export { selectHeads, selectTrunk } from './weights/lpips-weights.ts';
export { readWeights } from './weights/read-weights.ts';
