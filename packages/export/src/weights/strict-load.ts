import { quoted, WeightsError } from './errors.ts';
import type { StateDict, StateTensor } from './state-dict.ts';

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
