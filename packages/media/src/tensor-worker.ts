import { answerCalls } from '@vqforge/base/node';
import { clipInfo } from './clip-info.ts';
import { colourOfSide } from './colour.ts';
import { openComparison, type Comparison } from './comparison.ts';
import type { FrameSet } from './frame-sets.ts';
import { setToTensors } from './set-to-tensors.ts';
import type { TensorCalls, TensorSetup } from './tensor-calls.ts';

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
      // a pipe without a writer is waited for no longer than the pool
      opening = openComparison({ ...options, signal });
      const { reference, distorted } = await opening;
      return {
        reference: clipInfo(reference, colourOfSide(colour, 'reference')),
        distorted: distorted.map((clip) => clipInfo(clip, colourOfSide(colour, 'distorted'))),
      };
    },
    next: async (tensors, { give }) => {
      const set = await (upcoming ?? read());
      if (set === null) {
        close();
        return null;
      }
      setToTensors(set, colour, tensors);
      // frames are decoded while the caller still has nowhere to put them
      upcoming = read();
      upcoming.catch(() => undefined);
      give(tensors.reference.buffer, tensors.distorted.buffer);
      return { index: set.index, tensors };
    },
  };
});
