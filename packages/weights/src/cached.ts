export { findCached, MAX_WEIGHTS_BYTES, selectWeights } from './weights-cache-files.ts';
export { upstreamFile, weightSource, type UpstreamFile } from './weights-upstream.ts';
