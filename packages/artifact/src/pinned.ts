export { describeSidecarDialect } from './sidecar-dialect.ts';
export { MAX_SIDECAR_BYTES } from './document.ts';
export {
  byFamily,
  FAMILY_FACTS,
  familyOfTask,
  isOfFamily,
  MODEL_FAMILIES,
  type ModelFamily,
} from './model-family.ts';
export { MODEL_ID } from './fields.ts';
export { parseRegistry, type Registry, type RegistryEntry } from './registry-document.ts';
export { parseSidecar, type Sidecar } from './sidecar.ts';
