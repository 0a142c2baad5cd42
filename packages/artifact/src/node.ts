export { portablePath } from './portable-path.ts';
export {
  requireFolderOf,
  writeDocuments,
  readIfPresent,
  makeFolder,
  MAX_DOCUMENT_BYTES,
  stageDocuments,
  withScratchFolder,
  type Document,
} from './document-files.ts';
export { besideMetrics, EVIDENCE } from './run-layout.ts';
