import { answerCalls } from '@vqforge/base/node';
import { colourOf, type ColourOptions } from './colour.ts';
import { Comparison, type FrameSet } from './comparison.ts';
import { frameToTensor } from './frame-to-tensor.ts';
import type { ClipInfo, TensorCalls, TensorPair, TensorSetup } from './tensor-calls.ts';
import type { VideoReader } from './video-reader.ts';

/** The thread side of `openTensorSets`: reads, decodes and converts ahead of the caller. */
answerCalls<TensorCalls>((setup, signal) => {
  const { comparison: options, colour } = setup as TensorSetup;
  let opening: Promise<Comparison> | undefined;
  let upcoming: Promise<FrameSet | null> | undefined;
  const read = async (): Promise<FrameSet | null> => (await (opening as Promise<Comparison>)).read();
  const close = (): void => void opening?.then((comparison) => comparison.close()).catch(() => undefined);
  // ends the programs that decode, and with them what waits for a frame
  signal.addEventListener('abort', close);
  return {
    open: async () => {
      opening = Comparison.open(options);
      const { reference, distorted } = await opening;
      const clipInfo = ({ name, container, format }: VideoReader): ClipInfo => ({
        name,
        container,
        format,
        colour: colourOf(colour, format),
      });
      return { reference: clipInfo(reference), distorted: distorted.map(clipInfo) };
    },
    next: async (tensors, { give }) => {
      const set = await (upcoming ?? read());
      if (set === null) {
        close();
        return null;
      }
      convert(set, colour, tensors);
      // frames are decoded while the caller still has nowhere to put them
      upcoming = read();
      upcoming.catch(() => undefined);
      give(tensors.reference.buffer, tensors.distorted.buffer);
      return { index: set.index, tensors };
    },
  };
});

function convert({ reference, distorted }: FrameSet, colour: ColourOptions, tensors: TensorPair): void {
  frameToTensor(reference, colour, tensors.reference);
  const values = tensors.reference.length;
  for (const [at, frame] of distorted.entries())
    frameToTensor(frame, colour, tensors.distorted.subarray(at * values, (at + 1) * values));
}
