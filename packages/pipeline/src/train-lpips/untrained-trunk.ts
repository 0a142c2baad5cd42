import { trunkTensors, type LpipsNet, type StateDict } from '@vqforge/export';
import { RandomStream } from '@vqforge/base';

/**
 * A trunk that has learned nothing: weights of each convolution uniform with He's variance, ±√(6/fan_in), which keeps
 * activations at their size through ReLU; biases 0. Drawn in forward order, so a seed is a trunk, on any machine.
 *
 * @see https://arxiv.org/abs/1502.01852
 */
export function untrainedTrunk(net: LpipsNet, seed: number): StateDict {
  const random = new RandomStream(seed, 'trunk-init', 0);
  return new Map(
    trunkTensors(net).map(({ name, shape }) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      const bytes = new Uint8Array(4 * size);
      if (shape.length > 1) {
        const view = new DataView(bytes.buffer);
        const bound = Math.sqrt((6 * (shape[0] as number)) / size);
        for (let at = 0; at < bytes.length; at += 4)
          view.setFloat32(at, bound * (2 * random.fraction() - 1), true);
      }
      return [name, { dtype: 'f32', shape, bytes }];
    }),
  );
}
