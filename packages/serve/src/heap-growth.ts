import { setFlagsFromString } from 'node:v8';

/**
 * Lets garbage of this process, all threads, grow to four times what is alive before V8 marks the heap. For a process that does
 * nothing but serve: by V8's own measure, bodies of megabytes beside a heap of 13 MB have it marked ten times a second, each time
 * for some milliseconds in which no request is answered.
 */
export function expectLargeBodies(): void {
  setFlagsFromString('--heap-growing-percent=400');
}
