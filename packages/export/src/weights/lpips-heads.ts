import { headTensors, type LpipsNet } from './lpips-tensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';
import { float32Tensor, float32Values, type StateDict } from './state-dict.ts';

/** Channels of each tap of a net; the statistics of `lpipsStatisticsModel` lie in this order. */
export function tapChannels(net: LpipsNet): readonly number[] {
  return headTensors(net).map(({ shape }) => shape[1] as number);
}

/** The weights of all taps, one after another. */
export function flatHeads(heads: StateDict): Float32Array {
  return Float32Array.from([...heads.values()].flatMap((tensor) => [...float32Values(tensor)]));
}

/** Heads as `selectHeads` returns them, from the weights of all taps, one after another. */
export function headsOfFlat(net: LpipsNet, flat: Float32Array): StateDict {
  let from = 0;
  return new Map(
    headTensors(net).map(({ name, shape }) => {
      const values = flat.subarray(from, (from += shape[1] as number));
      return [name, float32Tensor(shape, values)];
    }),
  );
}

/** Heads as a safetensors file under the names of upstream's files, which its own code loads too. */
export function headsFile(heads: StateDict): Uint8Array {
  const tensors = [...heads.values()];
  return writeSafetensors(new Map(tensors.map((tensor, tap) => [`lin${tap}.model.1.weight`, tensor])));
}
