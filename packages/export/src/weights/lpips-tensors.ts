import type { TensorSpec } from './strict-load.ts';

export type LpipsNet = 'squeeze' | 'alex' | 'vgg';

/** [index in torchvision's `features`, channels out, channels in, kernel side] */
type Conv = readonly [index: number, out: number, input: number, kernel: number];
/** [index, channels in, squeeze channels, expand channels of each of the two branches] */
type Fire = readonly [index: number, input: number, squeeze: number, expand: number];

interface NetLayout {
  readonly convs: readonly Conv[];
  readonly fires: readonly Fire[];
  /** last index of `features` in each slice of LPIPS; the slice's output is a tap */
  readonly sliceEnds: readonly number[];
  /** channels of each tap */
  readonly tapChannels: readonly number[];
}

/**
 * Trunks as torchvision names them (squeezenet1_1, alexnet, vgg16) and where LPIPS cuts them.
 * @see https://github.com/richzhang/PerceptualSimilarity/blob/082bb24/lpips/pretrained_networks.py
 */
const NETS: Readonly<Record<LpipsNet, NetLayout>> = {
  squeeze: {
    convs: [[0, 64, 3, 3]],
    fires: [
      [3, 64, 16, 64],
      [4, 128, 16, 64],
      [6, 128, 32, 128],
      [7, 256, 32, 128],
      [9, 256, 48, 192],
      [10, 384, 48, 192],
      [11, 384, 64, 256],
      [12, 512, 64, 256],
    ],
    sliceEnds: [1, 4, 7, 9, 10, 11, 12],
    tapChannels: [64, 128, 256, 384, 384, 512, 512],
  },
  alex: {
    convs: [
      [0, 64, 3, 11],
      [3, 192, 64, 5],
      [6, 384, 192, 3],
      [8, 256, 384, 3],
      [10, 256, 256, 3],
    ],
    fires: [],
    sliceEnds: [1, 4, 7, 9, 11],
    tapChannels: [64, 192, 384, 256, 256],
  },
  vgg: {
    convs: [
      [0, 64, 3, 3],
      [2, 64, 64, 3],
      [5, 128, 64, 3],
      [7, 128, 128, 3],
      [10, 256, 128, 3],
      [12, 256, 256, 3],
      [14, 256, 256, 3],
      [17, 512, 256, 3],
      [19, 512, 512, 3],
      [21, 512, 512, 3],
      [24, 512, 512, 3],
      [26, 512, 512, 3],
      [28, 512, 512, 3],
    ],
    fires: [],
    sliceEnds: [3, 8, 15, 22, 29],
    tapChannels: [64, 128, 256, 512, 512],
  },
};

/** The tensors of a trunk in forward order, under torchvision's names (`features.0.weight`, …). */
export function trunkTensors(net: LpipsNet): TensorSpec[] {
  const { convs, fires } = NETS[net];
  return [...convs.flatMap(convTensors), ...fires.flatMap(fireTensors)];
}

/** The head of each tap in order, `heads.0.weight` …: a 1×1 convolution to one channel without bias. */
export function headTensors(net: LpipsNet): TensorSpec[] {
  return NETS[net].tapChannels.map((channels, tap) => ({
    name: `heads.${tap}.weight`,
    shape: [1, channels, 1, 1],
  }));
}

/** `features.3.squeeze.weight` → `net.slice2.3.squeeze.weight`, the name in a state dict of LPIPS itself. */
export function sliceKey(net: LpipsNet, trunkName: string): string {
  const [, index = '', ...rest] = trunkName.split('.');
  const slice = NETS[net].sliceEnds.findIndex((end) => Number(index) <= end) + 1;
  return ['net', `slice${slice}`, index, ...rest].join('.');
}

function convTensors([index, out, input, kernel]: Conv): TensorSpec[] {
  return weightAndBias(`features.${index}`, out, input, kernel);
}

function fireTensors([index, input, squeeze, expand]: Fire): TensorSpec[] {
  const fire = `features.${index}`;
  return [
    ...weightAndBias(`${fire}.squeeze`, squeeze, input, 1),
    ...weightAndBias(`${fire}.expand1x1`, expand, squeeze, 1),
    ...weightAndBias(`${fire}.expand3x3`, expand, squeeze, 3),
  ];
}

function weightAndBias(layer: string, out: number, input: number, kernel: number): TensorSpec[] {
  return [
    { name: `${layer}.weight`, shape: [out, input, kernel, kernel] },
    { name: `${layer}.bias`, shape: [out] },
  ];
}
