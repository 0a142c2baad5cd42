import { encodeModel, GraphBuilder } from '@vqforge/onnx/building';
import { NET_LAYOUTS, type Step } from '../weights/lpips-tensors.ts';
import { SCALING_LAYER } from '../weights/lpips-weights.ts';
import { float32Values, type StateTensor } from '../weights/state-dict.ts';
import { LPIPS } from './contract.ts';
import type { LpipsModelOptions } from './lpips-model.ts';

/**
 * LPIPS node for node as upstream's code has it, to hold the graph that ships against: `ref` and `dist` [n, 3, H, W],
 * RGB in [-1, 1] → `score` [n] and `per_layer` [n, taps]. Slow, and never published.
 */
export function textbookModel({ net, version, trunk, heads }: LpipsModelOptions): Uint8Array {
  const b = new GraphBuilder('textbook');
  const float = (dims: readonly number[], values: readonly number[]): string =>
    b.constant('float32', dims, values);
  const ints = (...values: number[]): string => b.constant('int64', [values.length], values);
  const names = new Set<string>();
  const tensor = (name: string): string => {
    const stored = (trunk.get(name) ?? heads?.get(name)) as StateTensor;
    if (!names.has(name)) b.initializer(name, 'float32', stored.shape, float32Values(stored));
    names.add(name);
    return name;
  };
  const conv = (x: string, layer: string, pad: number, stride = 1): string => {
    const attributes = { pads: [pad, pad, pad, pad], strides: [stride, stride] };
    return b.node('Relu', [
      b.node('Conv', [x, tensor(`${layer}.weight`), tensor(`${layer}.bias`)], attributes),
    ]);
  };
  const apply = (x: string, step: Exclude<Step, { kind: 'tap' }>): string => {
    if (step.kind === 'conv') return conv(x, `features.${step.index}`, step.pad, step.stride);
    if (step.kind === 'pool') {
      const [kernel_shape, ceil_mode] = [[step.kernel, step.kernel], step.ceil ? 1 : 0];
      return b.node('MaxPool', [x], { kernel_shape, strides: [2, 2], ceil_mode });
    }
    const fire = `features.${step.index}`;
    const squeezed = conv(x, `${fire}.squeeze`, 0);
    const halves = [conv(squeezed, `${fire}.expand1x1`, 0), conv(squeezed, `${fire}.expand3x3`, 1)];
    return b.node('Concat', halves, { axis: 1 });
  };
  const square = (x: string): string => b.node('Pow', [x, float([], [2])]);
  const unitTaps = (image: string): string[] => {
    const taps: string[] = [];
    let x = image;
    if (version === '0.1') {
      const { shift, scale } = SCALING_LAYER;
      x = b.node('Div', [b.node('Sub', [x, float([1, 3, 1, 1], shift)]), float([1, 3, 1, 1], scale)]);
    }
    for (const step of NET_LAYOUTS[net].steps) {
      if (step.kind !== 'tap') {
        x = apply(x, step);
        continue;
      }
      const norm = b.node('Sqrt', [b.node('ReduceSum', [square(x), ints(1)])]);
      taps.push(b.node('Div', [x, b.node('Add', [norm, float([], [LPIPS.epsilon])])]));
    }
    return taps;
  };
  const ref = unitTaps(b.input('ref', 'float32', ['N', 3, 'H', 'W']));
  const dist = unitTaps(b.input('dist', 'float32', ['N', 3, 'H', 'W']));
  const terms = ref.map((unit, tap) => {
    const squared = square(b.node('Sub', [unit, dist[tap] as string]));
    const weighted = heads
      ? b.node('Conv', [squared, tensor(`heads.${tap}.weight`)])
      : b.node('ReduceSum', [squared, ints(1)]);
    return b.node('ReduceMean', [weighted, ints(2, 3)], { keepdims: 0 });
  });
  const total = terms.reduce((sum, term) => b.node('Add', [sum, term]));
  b.output(b.node('Squeeze', [total, ints(1)], {}, ['score']), 'float32', ['N']);
  b.output(b.node('Concat', terms, { axis: 1 }, ['per_layer']), 'float32', ['N', terms.length]);
  return encodeModel({ irVersion: 8, opset: 18, producerName: 'vqforge', graph: b.build() });
}
