import { headTensors, trunkTensors, type LpipsNet } from '../../../src/weights/lpips-tensors.ts';
import { type StateDict } from '../../../src/weights/state-dict.ts';
import { generator } from '../../../../../testing/generator.ts';

/**
 * Weights of a net from a generator: uniform with He's variance, so that activations neither vanish nor grow; biases
 * small; heads in [0, 0.1), so that distances stay below 1.
 */
export function generatedWeights(net: LpipsNet): {
  net: LpipsNet;
  version: '0.1';
  trunk: StateDict;
  heads: StateDict;
} {
  const random = generator(7);
  const tensors = (
    specs: readonly { readonly name: string; readonly shape: readonly number[] }[],
    draw: (shape: readonly number[]) => number,
  ): StateDict =>
    new Map(
      specs.map(({ name, shape }) => {
        const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => draw(shape));
        return [name, { dtype: 'f32', shape, bytes: new Uint8Array(values.buffer) }];
      }),
    );
  const trunk = tensors(trunkTensors(net), (shape) => {
    const fanIn = shape.length === 1 ? 1e4 : shape.slice(1).reduce((a, b) => a * b, 1);
    return (2 * random() - 1) * Math.sqrt(6 / fanIn);
  });
  return { net, version: '0.1', trunk, heads: tensors(headTensors(net), () => 0.1 * random()) };
}
