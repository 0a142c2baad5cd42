import { colourOfSide, type SideColours } from './colour.ts';
import type { FrameSet } from './frame-sets.ts';
import { frameToTensor } from './frame-to-tensor.ts';
import type { TensorPair } from './tensor-calls.ts';

/**
 * The frames of one moment as LPIPS takes them, each side with its colours; see `frameToTensor`.
 *
 * @param tensors overwritten: [3, H, W] for the reference, [N, 3, H, W] for its renditions
 * @throws VideoError as frameToTensor does
 */
export function setToTensors(
  { reference, distorted }: FrameSet,
  colour: SideColours,
  tensors: TensorPair,
): void {
  frameToTensor(reference, colourOfSide(colour, 'reference'), tensors.reference);
  const values = tensors.reference.length;
  const side = colourOfSide(colour, 'distorted');
  for (const [at, frame] of distorted.entries())
    frameToTensor(frame, side, tensors.distorted.subarray(at * values, (at + 1) * values));
}
