export { RegistryError } from './errors.ts';
export { loadVerified } from './load.ts';
export { readRegistry } from './registry-file.ts';
export { readVerificationKey } from './attestation/key-files.ts';
export type { SignatureCheck } from './attestation/verify-signature.ts';
