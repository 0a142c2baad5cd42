import { workerData } from 'node:worker_threads';
import { Lpips } from '@vqforge/runtime';
import { openModel, type OpenModelOptions } from '@vqforge/runtime/node';
import { answerRequests } from './answer-worker.ts';
import { ReusedPlanes, runPacked, type PackedComparisons } from './lpips-run.ts';

export interface WorkerSettings {
  readonly model: OpenModelOptions;
  /** One run for all comparisons of a request. */
  readonly isJoined: boolean;
}

/** The thread side of `LpipsPool`: one session, one run after another. */
const { model, isJoined } = workerData as WorkerSettings;
const opening = openModel(model);
// a failure surfaces at the first run
opening.catch(() => undefined);
const planes = new ReusedPlanes();

answerRequests(async (comparisons: PackedComparisons): Promise<Float32Array> =>
  runPacked(Lpips.of(await opening), comparisons, isJoined, planes),
);
