export { OnnxError } from './errors.ts';
export { LPIPS_OPS, REFERENCE_OPS, REGRESSOR_OPS } from './ops.ts';
export { assertServable, scanModel, type ScanFinding } from './scan.ts';
export { MAX_MODEL_BYTES } from '@vqforge/base';
