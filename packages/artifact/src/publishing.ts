export { MAX_METRICS_BYTES } from './document.ts';
export { MODEL_ID, type Parity } from './fields.ts';
export { formatHistory, parseHistory, type HistoryDocument, type HistoryFile } from './history-document.ts';
export { modelCard } from './model-card.ts';
export {
  formatRegistry,
  parseRegistry,
  registryEntryProblems,
  type Registry,
  type RegistryEntry,
} from './registry-document.ts';
export {
  formatSidecar,
  parseSidecar,
  type DistanceSidecar,
  type Sidecar,
  type WeightSource,
} from './sidecar.ts';
