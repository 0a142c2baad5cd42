export { ArtifactError, CodedError, type ArtifactErrorCode } from './errors.ts';
export { canonicalJson, compactJson, type Json } from './canonical-json.ts';
export { sha256, SHA256_PATTERN } from './digest.ts';
