export { answerJobs } from './job-answers-process.ts';
export { ProcessPool, type ProcessPoolOptions } from './process-pool.ts';
export type { JobOutcome } from './pool-process.ts';
