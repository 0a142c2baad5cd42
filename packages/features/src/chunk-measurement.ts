import type {
  Chunk,
  ClipPlaces,
  FeatureSetup,
  MeasuredFrame,
  PairMeasurement,
  PlanePsnr,
} from './feature-calls.ts';
import { FeatureExtractor } from './feature-extractor.ts';
import { planePsnr } from './psnr.ts';

type Samples = Uint8Array | Uint16Array;

/** What measures consecutive frames, whose planes lie in shared memory: in a thread of its own, or in the caller's. */
export function chunkMeasurement(setup: FeatureSetup): (chunk: Chunk) => readonly MeasuredFrame[] {
  const extractor = new FeatureExtractor(setup.format, setup.options);
  const planes = setup.slots.map((slot) =>
    setup.clips.map((places) => places.map((place) => samplesAt(slot, place, setup.format.bitDepth))),
  );
  const planesOf = (slot: number): readonly (readonly Samples[])[] => planes[slot] as Samples[][];
  const lumaOf = (clip: readonly Samples[] | undefined): { samples: Samples } => ({
    samples: clip?.[0] as Samples,
  });

  return ({ before, frames }) => {
    extractor.restart();
    if (before !== null) extractor.nextReference(lumaOf(planesOf(before)[0]));
    return frames.map(({ index, slot, measured }) => {
      const [reference, ...distorted] = planesOf(slot);
      const sad = extractor.nextReference(lumaOf(reference));
      const pairs = measured
        ? distorted.map((clip): PairMeasurement => {
            const features = extractor.measure(lumaOf(clip));
            return setup.psnr
              ? { ...features, psnr: psnrOf(reference as Samples[], clip, setup.format.bitDepth) }
              : features;
          })
        : [];
      return { index, sad, pairs };
    });
  };
}

function samplesAt(
  slot: SharedArrayBuffer,
  { offset, samples }: ClipPlaces[number],
  bitDepth: number,
): Samples {
  return bitDepth === 8 ? new Uint8Array(slot, offset, samples) : new Uint16Array(slot, offset, samples);
}

function psnrOf(reference: readonly Samples[], distorted: readonly Samples[], bitDepth: number): PlanePsnr {
  const [y, cb, cr] = reference.map((plane, at) => planePsnr(plane, distorted[at] as Samples, bitDepth));
  return { y: y as number, ...(cb === undefined ? {} : { cb }), ...(cr === undefined ? {} : { cr }) };
}
