export { RegistryError } from './errors.ts';
export { publish, type PublishOptions, type PublishResult } from './publish.ts';
