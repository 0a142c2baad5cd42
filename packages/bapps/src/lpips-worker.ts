import { answerCalls } from '@vqforge/base/node';
import { Lpips } from '@vqforge/runtime';
import { openModel, type OpenModelOptions } from '@vqforge/runtime/node';
import { ReusedPlanes, runPacked, type PackedComparisons } from './lpips-run.ts';

export interface WorkerSettings {
  readonly model: OpenModelOptions;
  /** One run for all comparisons of a request. */
  readonly isJoined: boolean;
}

/** The calls of a thread with an LPIPS session, with their answers. */
export interface LpipsCalls {
  /** Distances of all distorted patches. */
  run: { request: PackedComparisons; reply: Float32Array };
}

/** The thread side of `LpipsPool`: one session, one run after another. */
answerCalls<LpipsCalls>((setup) => {
  const { model, isJoined } = setup as WorkerSettings;
  const opening = openModel(model);
  // a failure surfaces at the first run
  opening.catch(() => undefined);
  const planes = new ReusedPlanes();
  return {
    run: async (comparisons) => runPacked(Lpips.of(await opening), comparisons, isJoined, planes),
  };
});
