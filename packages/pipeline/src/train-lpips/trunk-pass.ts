import { CHANNEL_MEAN, CHANNEL_STD } from '@vqforge/export';
import type { Session } from '@vqforge/train';
import { PATCH_SIDE } from '../bapps/layout.ts';
import type { Triplet } from '../bapps/two-afc.ts';

const PLANE = PATCH_SIDE * PATCH_SIDE;

/** A byte of each channel → ImageNet-normalised. */
const NORMALISED: readonly Float32Array[] = CHANNEL_MEAN.map((mean, channel) =>
  Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / (CHANNEL_STD[channel] as number)),
);

/**
 * Passes the images of a triplet through a graph with the inputs of LPIPS: the reference once, both others together, always
 * in this batch, so that its bits depend on nothing but the triplet.
 *
 * @returns the graph's output, first that of p0 and then that of p1
 */
export async function passTriplet(session: Session, triplet: Triplet, output: string): Promise<Float32Array> {
  const feeds = {
    ref: planes([triplet.reference]),
    dist: planes([triplet.p0, triplet.p1]),
  };
  const fetches = await session.run(feeds);
  return (fetches[output] as { readonly data: Float32Array }).data;
}

/** Interleaved RGB bytes [64, 64, 3] → [n, 3, 64, 64]. */
function planes(patches: readonly Uint8Array[]): { readonly data: Float32Array; readonly dims: number[] } {
  const data = new Float32Array(patches.length * 3 * PLANE);
  patches.forEach((patch, image) => {
    for (let channel = 0; channel < 3; channel++) {
      const table = NORMALISED[channel] as Float32Array;
      const to = (3 * image + channel) * PLANE;
      for (let at = 0; at < PLANE; at++) data[to + at] = table[patch[3 * at + channel] as number] as number;
    }
  });
  return { data, dims: [patches.length, 3, PATCH_SIDE, PATCH_SIDE] };
}
