import type { LpipsNet } from '../weights/lpips-tensors.ts';

/** One step of a trunk; a tap hands the output so far to a head. Numbers are torchvision's `features` indices. */
export type Step =
  | { readonly kind: 'conv'; readonly index: number; readonly stride: number; readonly pad: number }
  | { readonly kind: 'fire'; readonly index: number }
  | { readonly kind: 'pool'; readonly kernel: number; readonly ceil: boolean }
  | { readonly kind: 'tap' };

export interface NetLayout {
  readonly steps: readonly Step[];
  readonly taps: number;
  /** The shortest side for which every convolution and pooling window fits into its input. */
  readonly minimumSide: number;
}

const TAP: Step = { kind: 'tap' };

/**
 * What comes after what in each trunk, up to its last tap; every convolution is followed by ReLU, every pooling has
 * stride 2. Sizes of kernels and channels are those of the weights.
 *
 * @see https://github.com/richzhang/PerceptualSimilarity/blob/082bb24/lpips/pretrained_networks.py where the taps are
 * @see https://github.com/pytorch/vision/tree/v0.20.0/torchvision/models squeezenet.py (1.1), alexnet.py, vgg.py (16)
 */
export const NET_LAYOUTS: Readonly<Record<LpipsNet, NetLayout>> = {
  squeeze: layout(17, [
    conv(0, 2, 0),
    TAP,
    pool(3, true),
    fire(3),
    fire(4),
    TAP,
    pool(3, true),
    fire(6),
    fire(7),
    TAP,
    pool(3, true),
    ...[9, 10, 11, 12].flatMap((index) => [fire(index), TAP]),
  ]),
  alex: layout(31, [
    conv(0, 4, 2),
    TAP,
    pool(3, false),
    conv(3, 1, 2),
    TAP,
    pool(3, false),
    ...[6, 8, 10].flatMap((index) => [conv(index, 1, 1), TAP]),
  ]),
  vgg: layout(
    16,
    [
      [0, 2],
      [5, 7],
      [10, 12, 14],
      [17, 19, 21],
      [24, 26, 28],
    ].flatMap((stage, index) => [
      ...(index > 0 ? [pool(2, false)] : []),
      ...stage.map((at) => conv(at, 1, 1)),
      TAP,
    ]),
  ),
};

function layout(minimumSide: number, steps: readonly Step[]): NetLayout {
  return { steps, taps: steps.filter(({ kind }) => kind === 'tap').length, minimumSide };
}

function conv(index: number, stride: number, pad: number): Step {
  return { kind: 'conv', index, stride, pad };
}

function fire(index: number): Step {
  return { kind: 'fire', index };
}

function pool(kernel: number, ceil: boolean): Step {
  return { kind: 'pool', kernel, ceil };
}
