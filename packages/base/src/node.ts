export { filesBelow, isFolder, temporaryPath, withTemporaryFolder } from './folders-node.ts';
export {
  answerCalls,
  type CallContext,
  type CallHandlers,
  type ThreadCall,
  type ThreadCalls,
  type ThrownError,
} from './pool-worker.ts';
export { ThreadPool, type RunOptions, type ThreadFailure, type ThreadPoolOptions } from './thread-pool.ts';
export {
  FileError,
  readBoundedFile,
  readBoundedHandle,
  readHead,
  type BoundedFileOptions,
  type FileErrorCode,
} from './bounded-file.ts';
