import type { WorkerPart } from './start-worker.ts';

/** A part of a thread: it takes messages of its own kind. */
interface Part {
  receive(message: never): void;
}

/** One script for all threads, so that what they share is loaded once. The name of a thread says which part of the page it is. */
const PARTS: Readonly<Record<WorkerPart, () => Promise<Part>>> = {
  probe: () => import('./clips/probe-worker.ts'),
  frames: () => import('./clips/frame-worker.ts'),
  score: () => import('./scoring/score-worker.ts'),
  measure: () => import('./scoring/measure-worker.ts'),
  heat: () => import('./scoring/heat-worker.ts'),
};

const part = PARTS[self.name as WorkerPart]();
// a part that cannot be loaded is an error of the thread, which the page hears of
part.catch(reportError);
// registered at once: a thread that is still loading loses no message
addEventListener(
  'message',
  ({ data }) =>
    void part.then(
      (loaded) => loaded.receive(data as never),
      () => undefined,
    ),
);
