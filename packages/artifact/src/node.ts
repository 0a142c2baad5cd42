export { portablePath } from './portable-path.ts';
export {
  MAX_DOCUMENT_BYTES,
  isInstalled,
  makeFolder,
  readIfPresent,
  requireFolderOf,
  requireKept,
  stageDocuments,
  writeDocuments,
  type Document,
} from './document-files.ts';
export { besideMetrics, EVIDENCE } from './evidence-files.ts';
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
