import type { Lpips } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import type { PairForm } from './request-calls.ts';
import type { RequestThread } from './request-thread.ts';

interface PairDistance {
  readonly width: number;
  readonly height: number;
  readonly distance: number;
  /** PNG, 8-bit grey; only when it was asked for. */
  readonly heatMap?: Uint8Array;
}

/** The images are made in the thread beside the server and given away to the model's. */
const OURS = { values: 'codes', areGivenAway: true } as const;

/**
 * LPIPS of two images of one size.
 *
 * @param wantsHeatMap needs a model with maps
 * @param hasLeft whether the client has gone, which is asked before each step
 * @throws ServerError INVALID_IMAGE | ABORTED
 * @throws VideoError of `readImage`
 * @throws RuntimeError of `Lpips`
 */
export async function pairDistance(
  thread: Pick<RequestThread, 'run'>,
  lpips: Lpips,
  form: PairForm,
  { wantsHeatMap, hasLeft }: { readonly wantsHeatMap: boolean; readonly hasLeft: () => boolean },
): Promise<PairDistance> {
  const { inputType } = lpips;
  const { width, height, ref, dist } = await thread.run(
    'decode',
    { ...form, inputType },
    { transfer: [form.body.buffer] },
  );
  if (hasLeft()) throw new ServerError('ABORTED', 'the client went away');
  const shape = { width, height, count: 1 };
  if (!wantsHeatMap) {
    const [distance] = await lpips.score(ref, dist, shape, OURS);
    return { width, height, distance: distance as number };
  }
  const detail = await lpips.detail(ref, dist, shape, OURS);
  if (hasLeft()) throw new ServerError('ABORTED', 'the client went away');
  const heatMap = await thread.run('heatMap', detail);
  return { width, height, distance: detail.scores[0] as number, heatMap };
}
