import type { Json } from '@vqforge/base';
import { answerJobs } from '@vqforge/base/processes';
import { digestClip } from './clip-digest-files.ts';
import type { PairRequest, PairSetup } from './pair-job.ts';
import { PairMeasurer } from './pair-measurement-node.ts';
import { ResultStore } from './result-store-files.ts';

/** The process that works on pairs, one after another: what its clips do to it, they do to no other. */
answerJobs((given) => {
  const setup = given as unknown as PairSetup;
  // messages then name clips as the manifest does
  process.chdir(setup.root);
  const measurer = new PairMeasurer(setup);
  const store = new ResultStore(setup.results);
  return async (input): Promise<Json> => {
    const request = input as unknown as PairRequest;
    if (request.kind === 'digest') return { ...(await digestClip(request.path)) };
    // another process or an earlier run may have been here
    if (!store.has(request.job.id)) await store.put(await measurer.measure(request.job));
    return null;
  };
});
