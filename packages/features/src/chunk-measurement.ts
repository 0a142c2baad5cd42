import { samplesAt, type Chunk, type FeatureSetup, type MeasuredFrame } from './feature-calls.ts';
import { FrameMeter } from './frame-meter.ts';
import { adoptKernelsModule } from './kernels.ts';

type Samples = Uint8Array | Uint16Array;

/** Makes a function that measures consecutive frames, whose planes lie in shared memory: in a thread of its own, or in the caller's. */
export function chunkMeasurement({
  format,
  options,
  slots,
  clips,
  psnr,
  kernels,
}: FeatureSetup): (chunk: Chunk) => readonly MeasuredFrame[] {
  adoptKernelsModule(kernels);
  const meter = new FrameMeter(format, options, psnr);
  const planes = slots.map((slot) =>
    clips.map((places) => places.map((place) => samplesAt(slot, place, format.bitDepth))),
  );
  const planesOf = (slot: number): readonly (readonly Samples[])[] => planes[slot] as Samples[][];
  return ({ before, frames }) =>
    meter.measure(
      before === null ? null : (planesOf(before)[0]?.[0] ?? null),
      frames.map(({ index, slot, measured }) => ({ index, measured, clips: planesOf(slot) })),
    );
}
