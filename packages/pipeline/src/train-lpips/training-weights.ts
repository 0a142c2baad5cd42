import { flatHeads, type StateDict, tapChannels } from '@vqforge/export';
import { randomHeads } from '@vqforge/train';
import { RandomStream } from '@vqforge/base';
import { weightsOf } from '../lpips-export.ts';
import { PipelineError } from '../errors.ts';
import { findCached, upstreamFile } from '@vqforge/weights';
import type { Reference } from './heads-gate.ts';
import type { TrainLpipsOptions } from './training-request.ts';
import { untrainedTrunk } from './untrained-trunk.ts';

export interface TrainingWeights {
  readonly trunk: StateDict;
  /** Heads that were given or pulled, as tensors; null where there are none. */
  readonly given: StateDict | null;
  /** What training begins with, [channels of all taps]. */
  readonly start: Float32Array;
  /** What trained heads are held against: those given, or every channel alike. */
  readonly reference: Float32Array;
  readonly against: Reference;
  /** Every channel alike: distances without heads. */
  readonly baseline: Float32Array;
}

/**
 * The trunk, and the heads to begin with and to be compared with. Upstream's heads are of a trained trunk: an untrained one
 * is held against none, unless heads are given.
 *
 * @throws PipelineError MISSING_WEIGHTS, UNREADABLE; WeightsError
 */
export async function trainingWeights(options: TrainLpipsOptions): Promise<TrainingWeights> {
  const { net, version, cache, seed } = options;
  const trunk = options.untrainedTrunk
    ? untrainedTrunk(net, seed)
    : await weightsOf(upstreamFile(net, 'trunk'), options.trunk, cache, '--trunk');
  const upstream = upstreamFile(net, version);
  const isCached = !options.untrainedTrunk && (await findCached(cache, upstream)) !== undefined;
  const given =
    options.heads !== undefined || isCached
      ? await weightsOf(upstream, options.heads, cache, '--heads')
      : null;
  if (given === null && options.start === 'heads')
    throw new PipelineError(
      'MISSING_WEIGHTS',
      `--start heads needs heads of ${net}: give a file with --heads, or run vqforge weights pull ${net}`,
    );
  const taps = tapChannels(net);
  const baseline = new Float32Array(taps.reduce((sum, channels) => sum + channels, 0)).fill(1);
  const reference = given === null ? baseline : flatHeads(given);
  return {
    trunk,
    given,
    baseline,
    reference,
    against: given === null ? 'baseline' : 'heads',
    start:
      options.start === 'heads' ? reference : randomHeads(taps, new RandomStream(seed, 'weight-init', 1)),
  };
}
