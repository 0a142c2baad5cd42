export { filesBelow } from './files-below-node.ts';
export { isFolder } from './is-folder-node.ts';
export { answerCalls, type CallContext, type CallHandlers } from './pool-worker.ts';
export { ThreadPool, type RunOptions, type ThreadFailure, type ThreadPoolOptions } from './thread-pool.ts';
export type { ThreadCall, ThreadCalls, ThrownError } from './thread-messages.ts';
export { temporaryPath, withTemporaryFolder } from './temporary-files-node.ts';
export {
  FileError,
  readBoundedFile,
  readBoundedHandle,
  type BoundedFileOptions,
  type FileErrorCode,
} from './bounded-file.ts';
