import { CodedError } from '@vqforge/base';
import { ScoreError } from './errors.ts';
import type { FrameKey } from './metric-columns.ts';

/**
 * Reads frames until the clips end. A clip that fails after whole frames leaves those, with the failure.
 *
 * @param read adds the number of each whole frame
 * @throws CodedError what fails before the first frame, an interruption; ScoreError NO_FRAMES
 */
export async function readWholeFrames(
  read: (frames: FrameKey[]) => Promise<void>,
): Promise<{ readonly frames: readonly FrameKey[]; readonly failure: CodedError | undefined }> {
  const frames: FrameKey[] = [];
  try {
    await read(frames);
  } catch (failure) {
    if (failure instanceof CodedError && failure.code !== 'INTERRUPTED' && frames.length > 0)
      return { frames, failure };
    throw failure;
  }
  if (frames.length === 0) throw new ScoreError('NO_FRAMES', 'no frame is left to score');
  return { frames, failure: undefined };
}
