import type { Dtype } from './dtype.ts';
import { WeightsError, quoted } from './errors.ts';
import { headTensors, sliceKey, trunkTensors, type LpipsNet } from './lpips-tensors.ts';
import { float32Values, toFloat32, type StateDict, type StateTensor } from './state-dict.ts';

/** A tensor that must be there. */
export interface TensorSpec {
  /** name in the result */
  readonly name: string;
  readonly shape: readonly number[];
  /** name in the file, where it differs */
  readonly key?: string;
}

/** Options of `selectTensors`. */
export interface SelectOptions {
  /** Names in the file that are known and not wanted. */
  readonly ignore?: readonly RegExp[];
}

/** A file with another network's names would print thousands. */
const MAX_NAMED = 100;

/**
 * Picks tensors by name, strict in both directions: every tensor of `specs` must be there in its shape, and nothing
 * else but names matched by `ignore`. All problems are named in one error.
 *
 * @returns the tensors under their spec's `name`, in the order of `specs`
 * @throws WeightsError STATE_DICT_MISMATCH
 */
export function selectTensors(
  stateDict: StateDict,
  specs: readonly TensorSpec[],
  { ignore = [] }: SelectOptions = {},
): StateDict {
  const selected = new Map<string, StateTensor>();
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const { name, shape, key = name } of specs) {
    const tensor = stateDict.get(key);
    if (!tensor) {
      missing.push(quoted(key));
      continue;
    }
    selected.set(name, tensor);
    if (tensor.shape.join() !== shape.join()) {
      misshapen.push(`${quoted(key)} is [${tensor.shape.join(',')}], expected [${shape.join(',')}]`);
    }
  }
  const wanted = new Set(specs.map(({ name, key = name }) => key));
  const unexpected = [...stateDict.keys()].filter(
    (key) => !wanted.has(key) && !ignore.some((pattern) => pattern.test(key)),
  );
  const problems = [
    listed('missing', missing),
    listed('unexpected', unexpected.map(quoted)),
    listed('wrong shape', misshapen),
  ];
  const found = problems.filter((problem) => problem !== '');
  if (found.length > 0) {
    throw new WeightsError('STATE_DICT_MISMATCH', `state dict does not fit: ${found.join('; ')}`);
  }
  return selected;
}

function listed(problem: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const rest = items.length > MAX_NAMED ? ` and ${items.length - MAX_NAMED} more` : '';
  return `${problem} (${items.length}): ${items.slice(0, MAX_NAMED).join(', ')}${rest}`;
}

/** torchvision's classification layers: known, and not part of LPIPS. */
const CLASSIFIER = /^classifier\.\d+\.(?:weight|bias)$/;
const FLOAT_DTYPES: ReadonlySet<Dtype> = new Set<Dtype>(['f64', 'f32', 'f16', 'bf16']);

/**
 * ScalingLayer's buffers, on RGB in [-1, 1], which the exported graphs have built in. lpips/lpips.py of
 * PerceptualSimilarity 082bb24
 */
export const SCALING_LAYER = { shift: [-0.03, -0.088, -0.188], scale: [0.458, 0.448, 0.45] } as const;

/**
 * The trunk of an LPIPS net from a torchvision file (`features.…`; `classifier.…` is ignored) or from a state dict of
 * LPIPS itself, such as its Trainer saves (`net.slice….…`).
 *
 * @returns float32 tensors under torchvision's names, in forward order, in memory of their own
 * @throws WeightsError STATE_DICT_MISMATCH, NOT_FINITE
 */
export function selectTrunk(stateDict: StateDict, net: LpipsNet): StateDict {
  const specs = trunkTensors(net);
  if (isLpipsStateDict(stateDict)) return usable(pick(selectLpips(stateDict, net), specs));
  return usable(selectTensors(stateDict, specs, { ignore: [CLASSIFIER] }));
}

/**
 * The heads of an LPIPS net from the files upstream ships (`lin0.model.1.weight`, …), from ones trained without dropout
 * (`lin0.model.0.weight`, …), or from a state dict of LPIPS itself, where `lins.0.…` repeats `lin0.…`.
 *
 * @returns float32 tensors `heads.0.weight` … of shape [1, C, 1, 1], in memory of their own
 * @throws WeightsError STATE_DICT_MISMATCH, NOT_FINITE
 */
export function selectHeads(stateDict: StateDict, net: LpipsNet): StateDict {
  const specs = headTensors(net);
  if (isLpipsStateDict(stateDict)) return usable(pick(selectLpips(stateDict, net), specs));
  return usable(selectTensors(stateDict, headsAs('lin', specs, headLayer(stateDict))));
}

function isLpipsStateDict(stateDict: StateDict): boolean {
  return [...stateDict.keys()].some((key) => key.startsWith('net.slice'));
}

/** Trunk, heads, the heads' second names and the scaling constants: all of them, and nothing else. */
function selectLpips(stateDict: StateDict, net: LpipsNet): StateDict {
  const heads = headTensors(net);
  const layer = headLayer(stateDict);
  const trunk = trunkTensors(net).map((spec) => ({ ...spec, key: sliceKey(net, spec.name) }));
  const again = headsAs('lins.', heads, layer).map((spec) => ({ ...spec, name: `again.${spec.name}` }));
  const scaling = Object.entries(SCALING_LAYER).map(([name, values]) => {
    return { name: `scaling_layer.${name}`, shape: [1, 3, 1, 1], values };
  });
  const specs = [...trunk, ...headsAs('lin', heads, layer), ...again, ...scaling];
  const selected = selectTensors(stateDict, specs);
  for (const { name } of heads) assertSame(selected, name, `again.${name}`);
  for (const { name, values } of scaling) assertScaling(selected, name, values);
  return selected;
}

/** A head is [Dropout, Conv2d] or [Conv2d]: its weight is at index 1 or 0. Mixtures fail as missing and unexpected. */
function headLayer(stateDict: StateDict): 0 | 1 {
  return stateDict.has('lin0.model.0.weight') ? 0 : 1;
}

function headsAs(prefix: 'lin' | 'lins.', heads: readonly TensorSpec[], layer: 0 | 1): TensorSpec[] {
  return heads.map((spec, tap) => ({ ...spec, key: `${prefix}${tap}.model.${layer}.weight` }));
}

function pick(stateDict: StateDict, specs: readonly TensorSpec[]): StateDict {
  return new Map(specs.map(({ name }) => [name, stateDict.get(name) as StateTensor]));
}

function assertSame(stateDict: StateDict, name: string, again: string): void {
  const [first, second] = [stateDict.get(name) as StateTensor, stateDict.get(again) as StateTensor];
  if (first.dtype !== second.dtype || Buffer.compare(first.bytes, second.bytes) !== 0) {
    throw new WeightsError(
      'STATE_DICT_MISMATCH',
      `${name} differs between "lin…" and "lins.…", which are one tensor in LPIPS`,
    );
  }
}

function assertScaling(stateDict: StateDict, name: string, expected: readonly number[]): void {
  const values = float32Values(stateDict.get(name) as StateTensor);
  if (values.some((value, index) => value !== Math.fround(expected[index] as number))) {
    throw new WeightsError(
      'STATE_DICT_MISMATCH',
      `${name} is [${values.join(', ')}], expected [${expected.join(', ')}], which the exported graph has built in`,
    );
  }
}

/** float32, finite. Every tensor at fault is found before anything is converted. */
function usable(selected: StateDict): StateDict {
  const wrong = [...selected]
    .filter(([, { dtype }]) => !FLOAT_DTYPES.has(dtype))
    .map(([name, { dtype }]) => `${quoted(name)} is ${dtype}`);
  if (wrong.length > 0) {
    throw new WeightsError('STATE_DICT_MISMATCH', `weights are not floating point: ${wrong.join(', ')}`);
  }
  const converted = new Map([...selected].map(([name, tensor]) => [name, toFloat32(tensor)]));
  const infinite = [...converted]
    .filter(([, tensor]) => !float32Values(tensor).every(Number.isFinite))
    .map(([name]) => quoted(name));
  if (infinite.length > 0) {
    throw new WeightsError('NOT_FINITE', `weights are NaN or beyond float32 in ${infinite.join(', ')}`);
  }
  return converted;
}
