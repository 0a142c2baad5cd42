export { RegistryError, type RegistryErrorCode, systemCode } from './errors.ts';
export { exportRegistry } from './export-registry.ts';
export type { Finding, FindingCode, Report } from './finding.ts';
export type { Publication } from './publication.ts';
export { type BuildFacts, dependenciesOf } from './attestation/model-statement.ts';
export { modelInterface } from './model-interface.ts';
export { sidecarName, MAX_JSON_BYTES, MAX_ONNX_BYTES, int8Name } from './pinned-name.ts';
