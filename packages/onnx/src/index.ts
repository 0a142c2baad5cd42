export { assertValidModel, checkModel, type GraphCode, type GraphFinding } from './check.ts';
export { decodeModel, encodeModel, type DecodeOptions } from './codec.ts';
export { OnnxError, type OnnxErrorCode } from './errors.ts';
export type { Finding, ProofCode, ProofFinding } from './finding.ts';
export {
  DATA_TYPE_BYTES,
  DATA_TYPE_NUMBER,
  type Attribute,
  type DataType,
  type Dim,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
} from './model.ts';
export { LPIPS_OPS, REFERENCE_OPS, REGRESSOR_OPS } from './ops.ts';
export { printModel } from './print.ts';
export { assertServable, servableFindings, type ServableFinding } from './servable.ts';
export { scanModel, type ScanCode, type ScanFinding, type ScanPolicy } from './scan.ts';
export { stripModel } from './strip.ts';
export { MAX_MODEL_BYTES } from '@vqforge/base';
export { GraphBuilder, type AttributeInput } from './builder.ts';
export { backward } from './gradient.ts';
export { factorProducts } from './factor.ts';
export { staticShapes } from './static-shapes.ts';
export { modelDifferences } from './difference.ts';
export {
  inlineExternalData,
  tensorPlacement,
  type ExternalTensor,
  type TensorPlacement,
} from './external-data.ts';
export { proveResources, resourceMultiples } from './bounds/resource-proof.ts';
export type { ServedKind } from './bounds/served-interface.ts';
