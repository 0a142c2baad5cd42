export { canonicalJson, compactJson, type Json } from './canonical-json.ts';
export { sha256, SHA256_PATTERN } from './digest.ts';
export { CodedError } from './coded-error.ts';
export { JsonError, type JsonErrorCode } from './json-error.ts';
export { parseJson, type JsonLimits } from './parse-json.ts';
export { GENERATOR, RandomStream, shuffle } from './random.ts';
export { counted } from './counted.ts';
export { closestNames } from './closest-names.ts';
export { inOrder } from './in-order.ts';
