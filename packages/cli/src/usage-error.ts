import { CodedError } from '@vqforge/artifact';

/** Flags that contradict each other, or name what is not there. */
export class UsageError extends CodedError<'USAGE'> {}
