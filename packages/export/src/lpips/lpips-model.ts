import { DATA_TYPE_NUMBER, encodeModel, GraphBuilder } from '@vqforge/onnx/building';
import type { LpipsNet } from '../weights/lpips-tensors.ts';
import { float32Values, type StateDict, type StateTensor } from '../weights/state-dict.ts';
import { trunkColour, type LpipsInput } from './colour.ts';
import { LPIPS, mapName, type LpipsVersion } from './contract.ts';
import { distanceMap } from './head.ts';
import { Trunk, type FeaturePart, type Features } from './trunk.ts';

/** Options of `lpipsModel`. */
export interface LpipsModelOptions {
  readonly net: LpipsNet;
  readonly version: LpipsVersion;
  /** As `selectTrunk` returns it. */
  readonly trunk: StateDict;
  /** As `selectHeads` returns them; null: no heads, every channel counts 1. */
  readonly heads: StateDict | null;
  /** Adds the outputs `per_layer` and `map_<tap>`. Default: no. */
  readonly maps?: boolean;
  /** Default: float32. */
  readonly input?: LpipsInput;
  readonly opset?: 17 | 18;
}

/**
 * LPIPS as an ONNX graph: how far each distorted image is from its reference, 0 for the same image.
 *
 * `ref` [M, 3, H, W] with M = 1 or N, `dist` [N, 3, H, W] → `score` [N]. With M = 1 the reference passes through the
 * trunk once for all N. Images are ImageNet-normalised RGB for every net and version; with `input` uint8 they are
 * [M, H, W, 3] and [N, H, W, 3], RGB of 0 to 255. Both sides must be at least `NET_LAYOUTS[net].minimumSide`.
 *
 * With `maps`, `per_layer` [N, taps] are the terms whose sum is `score`, and `map_<tap>` [N, 1, h, w] the distances
 * at each position of the tap, whose mean is the term.
 *
 * The definition is upstream's at 082bb24: unit normalisation with ε after the root, squared difference, head, mean over
 * positions, sum over taps. Names depend on nothing but this function, so the same weights give the same bytes.
 *
 * @see https://arxiv.org/abs/1801.03924
 */
export function lpipsModel(options: LpipsModelOptions): Uint8Array {
  const { net, version, heads, maps = false, input = 'float32', opset = LPIPS.opset } = options;
  const b = new GraphBuilder('lpips');
  const [ref, dist] = LPIPS.inputNames.map((name, index) =>
    imageInput(b, name, index === 0 ? 'M' : 'N', input),
  );
  const trunk = new Trunk(b, net, options.trunk, trunkColour(input, version));
  const refTaps = trunk.taps(ref as string);
  const distTaps = trunk.taps(dist as string);
  const distances = distTaps.map((features, tap) =>
    distanceMap(b, tap, refTaps[tap] as Features, features, heads && headWeights(heads, tap)),
  );
  const means = distances.map((map) => meanOver(b, map, 2, opset));
  const total = means.reduce((sum, term) => b.node('Add', [sum, term]));
  b.output(b.node('Squeeze', [total, b.constant('int64', [1], [1])], {}, [LPIPS.outputName]), 'float32', [
    'N',
  ]);
  if (maps) {
    b.output(b.node('Concat', means, { axis: 1 }, [LPIPS.perLayerName]), 'float32', ['N', means.length]);
    distances.forEach((map, tap) => addMap(b, map, (distTaps[tap] as Features)[0] as FeaturePart, tap));
  }
  const { irVersion, producerName } = LPIPS;
  return encodeModel({ irVersion, opset, producerName, graph: b.build() });
}

function imageInput(b: GraphBuilder, name: string, count: string, input: LpipsInput): string {
  if (input === 'float32') return b.input(name, 'float32', [count, 3, 'H', 'W']);
  const pixels = b.input(name, 'uint8', [count, 'H', 'W', 3]);
  // as bytes, a quarter of the size
  const planes = b.node('Transpose', [pixels], { perm: [0, 3, 1, 2] });
  return b.node('Cast', [planes], { to: DATA_TYPE_NUMBER.float32 });
}

function headWeights(heads: StateDict, tap: number): Float32Array {
  return float32Values(heads.get(`heads.${tap}.weight`) as StateTensor);
}

/** Until opset 17 the axes of ReduceMean are an attribute. */
function meanOver(b: GraphBuilder, value: string, axis: number, opset: number): string {
  return opset < 18
    ? b.node('ReduceMean', [value], { axes: [axis], keepdims: 0 })
    : b.node('ReduceMean', [value, b.constant('int64', [1], [axis])], { keepdims: 0 });
}

/** Gives a flat map [n, 1, h·w] the h and w of the features at its tap. */
function addMap(b: GraphBuilder, flat: string, features: FeaturePart, tap: number): void {
  const size = b.node('Shape', [features.value], { start: 2 });
  const shape = b.node('Concat', [b.constant('int64', [2], [0, 1]), size], { axis: 0 });
  const map = b.node('Reshape', [flat, shape], {}, [mapName(tap)]);
  b.output(map, 'float32', ['N', 1, `h${tap}`, `w${tap}`]);
}
