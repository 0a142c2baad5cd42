export { RegistryError } from './errors.ts';
export { loadVerified, readRegistry, type SignatureCheck } from './load.ts';
