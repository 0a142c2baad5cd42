import type { TensorSpec } from './lpips-weights.ts';

/** Trunks that LPIPS has heads for: torchvision's squeezenet1_1, alexnet, vgg16. */
export type LpipsNet = 'squeeze' | 'alex' | 'vgg';

/**
 * One step of a trunk. `index` is that in torchvision's `features`, `out` the channels that the step gives; a fire gives
 * `expand` from each of its two branches. A tap hands the output so far to a head.
 */
export type Step =
  | {
      readonly kind: 'conv';
      readonly index: number;
      readonly out: number;
      readonly kernel: number;
      readonly stride: number;
      readonly pad: number;
    }
  | { readonly kind: 'fire'; readonly index: number; readonly squeeze: number; readonly expand: number }
  | { readonly kind: 'pool'; readonly kernel: number; readonly ceil: boolean }
  | { readonly kind: 'tap' };

/** A trunk up to its last tap. */
export interface NetLayout {
  readonly steps: readonly Step[];
  /** The shortest side for which every convolution and pooling window fits into its input, in pixels. */
  readonly minimumSide: number;
}

const TAP: Step = { kind: 'tap' };

/**
 * The steps of each trunk in forward order; every convolution is followed by ReLU, every pooling has stride 2.
 *
 * @see https://github.com/richzhang/PerceptualSimilarity/blob/082bb24/lpips/pretrained_networks.py where the taps are
 * @see https://github.com/pytorch/vision/tree/v0.20.0/torchvision/models squeezenet.py (1.1), alexnet.py, vgg.py (16)
 */
export const NET_LAYOUTS: Readonly<Record<LpipsNet, NetLayout>> = {
  squeeze: {
    minimumSide: 17,
    steps: [
      conv(0, 64, 3, { stride: 2, pad: 0 }),
      TAP,
      pool(3, true),
      fire(3, 16, 64),
      fire(4, 16, 64),
      TAP,
      pool(3, true),
      fire(6, 32, 128),
      fire(7, 32, 128),
      TAP,
      pool(3, true),
      fire(9, 48, 192),
      TAP,
      fire(10, 48, 192),
      TAP,
      fire(11, 64, 256),
      TAP,
      fire(12, 64, 256),
      TAP,
    ],
  },
  alex: {
    minimumSide: 31,
    steps: [
      conv(0, 64, 11, { stride: 4, pad: 2 }),
      TAP,
      pool(3, false),
      conv(3, 192, 5),
      TAP,
      pool(3, false),
      conv(6, 384, 3),
      TAP,
      conv(8, 256, 3),
      TAP,
      conv(10, 256, 3),
      TAP,
    ],
  },
  vgg: {
    minimumSide: 16,
    steps: [
      [conv(0, 64, 3), conv(2, 64, 3), TAP, pool(2, false)],
      [conv(5, 128, 3), conv(7, 128, 3), TAP, pool(2, false)],
      [conv(10, 256, 3), conv(12, 256, 3), conv(14, 256, 3), TAP, pool(2, false)],
      [conv(17, 512, 3), conv(19, 512, 3), conv(21, 512, 3), TAP, pool(2, false)],
      [conv(24, 512, 3), conv(26, 512, 3), conv(28, 512, 3), TAP],
    ].flat(),
  },
};

/** A convolution of a trunk; without `window` its output has the size of its input. */
function conv(
  index: number,
  out: number,
  kernel: number,
  window: { readonly stride: number; readonly pad: number } = { stride: 1, pad: (kernel - 1) / 2 },
): Step {
  return { kind: 'conv', index, out, kernel, ...window };
}

function fire(index: number, squeeze: number, expand: number): Step {
  return { kind: 'fire', index, squeeze, expand };
}

function pool(kernel: number, ceil: boolean): Step {
  return { kind: 'pool', kernel, ceil };
}

/** The tensors of a trunk in forward order, under torchvision's names (`features.0.weight`, …). */
export function trunkTensors(net: LpipsNet): TensorSpec[] {
  return tensorsOf(net).trunk;
}

/** The head of each tap in order, `heads.0.weight` …: a 1×1 convolution to one channel without bias. */
export function headTensors(net: LpipsNet): TensorSpec[] {
  return tensorsOf(net).heads;
}

/** `features.3.squeeze.weight` → `net.slice2.3.squeeze.weight`, the name in a state dict of LPIPS itself. */
export function sliceKey(net: LpipsNet, trunkName: string): string {
  const [, index = '', ...rest] = trunkName.split('.');
  const { steps } = NET_LAYOUTS[net];
  const before = steps.slice(
    0,
    steps.findIndex((step) => 'index' in step && step.index === Number(index)),
  );
  // the output of each slice is a tap
  const slice = before.filter(({ kind }) => kind === 'tap').length + 1;
  return ['net', `slice${slice}`, index, ...rest].join('.');
}

function tensorsOf(net: LpipsNet): { readonly trunk: TensorSpec[]; readonly heads: TensorSpec[] } {
  const trunk: TensorSpec[] = [];
  const heads: TensorSpec[] = [];
  let channels = 3;
  const layer = (name: string, out: number, input: number, kernel: number): void => {
    trunk.push({ name: `${name}.weight`, shape: [out, input, kernel, kernel] });
    trunk.push({ name: `${name}.bias`, shape: [out] });
  };
  for (const step of NET_LAYOUTS[net].steps) {
    if (step.kind === 'tap') heads.push({ name: `heads.${heads.length}.weight`, shape: [1, channels, 1, 1] });
    if (step.kind === 'conv') {
      layer(`features.${step.index}`, step.out, channels, step.kernel);
      channels = step.out;
    }
    if (step.kind === 'fire') {
      const name = `features.${step.index}`;
      layer(`${name}.squeeze`, step.squeeze, channels, 1);
      layer(`${name}.expand1x1`, step.expand, step.squeeze, 1);
      layer(`${name}.expand3x3`, step.expand, step.squeeze, 3);
      channels = 2 * step.expand;
    }
  }
  return { trunk, heads };
}
