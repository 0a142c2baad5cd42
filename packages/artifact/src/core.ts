/**
 * What every package needs of this one and what loads at once: the documents in index.ts bring zod, which takes 0.1 s.
 */
export { canonicalJson, compactJson, type Json } from './canonical-json.ts';
export { sha256, SHA256_PATTERN } from './digest.ts';
export { CodedError } from './coded-error.ts';
export { ArtifactError, type ArtifactErrorCode } from './errors.ts';
