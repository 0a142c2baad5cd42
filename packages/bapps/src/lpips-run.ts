import { imageToTensor } from '@vqforge/media';
import type { Lpips } from '@vqforge/runtime';
import { PATCH_SIDE } from './layout.ts';

const PATCH_BYTES = 3 * PATCH_SIDE * PATCH_SIDE;

/** Comparisons as one array of bytes: each reference, followed by what is compared with it. */
export interface PackedComparisons {
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Distorted patches of each comparison. */
  readonly counts: readonly number[];
}

/**
 * A run for each comparison, in which the reference goes through the network once for all its distorted patches: three
 * passes for a triplet, the fastest on a CPU. Or, joined, one run for all, where it goes through once for each: what an
 * accelerator wants.
 *
 * @param planes arrays that are used again by the next call
 * @returns [patches] distances, comparison by comparison
 */
export async function runPacked(
  lpips: Lpips,
  { pixels, counts }: PackedComparisons,
  isJoined: boolean,
  planes: ReusedPlanes,
): Promise<Float32Array> {
  let at = 0;
  const next = (): Uint8Array => pixels.subarray(at, (at += PATCH_BYTES));
  const comparisons = counts.map((count) => ({
    reference: next(),
    distorted: Array.from({ length: count }, next),
  }));
  const distorted = comparisons.flatMap((comparison) => comparison.distorted);
  if (isJoined) {
    const references = comparisons.flatMap((comparison) =>
      comparison.distorted.map(() => comparison.reference),
    );
    return run(lpips, references, distorted, planes);
  }
  const distances = new Float32Array(distorted.length);
  let done = 0;
  for (const comparison of comparisons) {
    distances.set(await run(lpips, [comparison.reference], comparison.distorted, planes), done);
    done += comparison.distorted.length;
  }
  return distances;
}

function run(
  lpips: Lpips,
  references: readonly Uint8Array[],
  distorted: readonly Uint8Array[],
  planes: ReusedPlanes,
): Promise<Float32Array> {
  const shape = { height: PATCH_SIDE, width: PATCH_SIDE, count: distorted.length };
  if (lpips.inputType === 'uint8')
    return lpips.score(Buffer.concat(references), Buffer.concat(distorted), shape);
  return lpips.score(planes.of('ref', references), planes.of('dist', distorted), shape);
}

/** Arrays of the size of the last call: new ones for each triplet would cost a tenth of the time. */
export class ReusedPlanes {
  readonly #arrays = { ref: new Float32Array(0), dist: new Float32Array(0) };

  /** [n, 64, 64, 3] bytes to [n, 3, 64, 64] ImageNet-normalised values. */
  of(input: 'ref' | 'dist', patches: readonly Uint8Array[]): Float32Array {
    const length = PATCH_BYTES * patches.length;
    if (this.#arrays[input].length !== length) this.#arrays[input] = new Float32Array(length);
    const values = this.#arrays[input];
    for (const [at, rgb] of patches.entries())
      imageToTensor(
        { width: PATCH_SIDE, height: PATCH_SIDE, rgb },
        values.subarray(at * PATCH_BYTES, (at + 1) * PATCH_BYTES),
      );
    return values;
  }
}
