/** The parts of the page that are threads of their own. */
export type WorkerPart = 'probe' | 'frames' | 'score' | 'measure' | 'heat';

/** Starts a thread from the page itself. */
export function startWorker(part: WorkerPart): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: part });
}

/** Starts a thread from another one: all have the same script. */
export function startFromWorker(part: WorkerPart): Worker {
  return new Worker(location.href, { type: 'module', name: part });
}
