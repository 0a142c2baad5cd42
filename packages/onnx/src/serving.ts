export { LPIPS_OPS, REFERENCE_OPS, REGRESSOR_OPS } from './ops.ts';
export { servableFindings, type ServableFinding } from './servable.ts';
export type { ServedKind } from './bounds/served-interface.ts';
export { MAX_MODEL_BYTES } from '@vqforge/base';
