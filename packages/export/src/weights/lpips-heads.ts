import { headTensors, type LpipsNet } from './lpips-tensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';
import { float32Values, type StateDict, type StateTensor } from './state-dict.ts';

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
      const bytes = new Uint8Array(4 * (shape[1] as number));
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < bytes.length; at += 4) view.setFloat32(at, flat[from++] as number, true);
      return [name, { dtype: 'f32', shape, bytes }];
    }),
  );
}

/** Heads as a safetensors file under the names of upstream's files, which its own code loads too. */
export function headsFile(heads: StateDict): Uint8Array {
  const named = [...heads.values()].map((tensor, tap): [string, StateTensor] => [
    `lin${tap}.model.1.weight`,
    tensor,
  ]);
  return writeSafetensors(new Map(named));
}
