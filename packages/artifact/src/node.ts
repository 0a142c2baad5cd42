export { portablePath } from './portable-path.ts';
export {
  requireFolderOf,
  writeDocuments,
  readIfPresent,
  makeFolder,
  MAX_DOCUMENT_BYTES,
  stageDocuments,
  type Document,
} from './document-files.ts';
export { besideMetrics, EVIDENCE } from './run-layout.ts';
export { isInstalled, requireKept } from './installed-files.ts';
export { requireSafeOutputs, type FileKind, type Output, type OutputGuard } from './output-files.ts';
export {
  findWorkspace,
  openWorkspace,
  WORKSPACE_FILE,
  workspaceFolders,
  workspaceText,
  type FlagDefaults,
  type Workspace,
  type WorkspaceFolders,
} from './workspace-files.ts';
