export { RegistryError } from './errors.ts';
export { loadVerified } from './load.ts';
export { readRegistry } from './registry-file.ts';
export type { SignatureCheck } from './attestation/signature-check.ts';
