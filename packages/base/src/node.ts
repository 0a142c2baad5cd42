export { filesBelow } from './files-below-node.ts';
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
export { answerJobs } from './job-answers-process.ts';
export { ProcessPool, type ProcessPoolOptions } from './process-pool.ts';
export type { JobOutcome } from './pool-process.ts';
