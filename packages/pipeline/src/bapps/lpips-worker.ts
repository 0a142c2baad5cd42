import { parentPort, workerData } from 'node:worker_threads';
import { Lpips, openModel, type OpenModelOptions } from '@vqforge/runtime';
import { ReusedPlanes, runPacked, type PackedComparisons } from './lpips-run.ts';

export interface WorkerSettings {
  readonly model: OpenModelOptions;
  /** One run for all comparisons of a request. */
  readonly isJoined: boolean;
}

export interface WorkerRequest extends PackedComparisons {
  readonly id: number;
}

export type WorkerReply =
  | { readonly id: number; readonly distances: Float32Array }
  | { readonly id: number; readonly failure: string };

/** The thread side of `LpipsPool`: one session, one run after another. */
const port = parentPort as NonNullable<typeof parentPort>;
const { model, isJoined } = workerData as WorkerSettings;
const opening = openModel(model);
// a failure surfaces at the first run
opening.catch(() => undefined);
const planes = new ReusedPlanes();
let last: Promise<unknown> = Promise.resolve();

port.on('message', (request: WorkerRequest) => {
  // the planes belong to one run at a time
  last = last.then(async () => port.postMessage(await answer(request)));
});

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    const lpips = Lpips.of(await opening);
    return { id: request.id, distances: await runPacked(lpips, request, isJoined, planes) };
  } catch (error) {
    return { id: request.id, failure: (error as Error).message };
  }
}
