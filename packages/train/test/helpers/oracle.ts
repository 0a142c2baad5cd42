import { readFileSync } from 'node:fs';
import type { RegressorParameters } from '@vqforge/artifact';
import { flatten, unflatten } from '../../src/network.ts';

export const ROWS = 32;
export const FEATURES = 6;
export const STEPS = 5;

type Named<T> = Readonly<Record<keyof RegressorParameters, T>>;

interface Recording {
  readonly X: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly init: Named<readonly number[]>;
  /** Dropout masks of the two hidden layers in each step, scaled by 1/0.9. */
  readonly masks: readonly (readonly [readonly number[], readonly number[]])[];
  readonly steps: readonly {
    readonly loss: number;
    readonly grads?: Named<readonly number[]>;
    readonly params?: Named<readonly number[]>;
  }[];
  readonly eval_after: readonly number[];
}

/** What PyTorch computed (fixtures/README.md); weights are [outputs, inputs] row-major, as in nn.Linear. */
export const oracle = JSON.parse(
  readFileSync(new URL('../fixtures/train_steps.json', import.meta.url), 'utf8'),
) as Recording;

export function flatParameters(named: Named<readonly number[]>): Float32Array {
  const { W1, b1, W2, b2, W3, b3 } = named;
  const tensor = (values: readonly number[]): Float32Array => Float32Array.from(values);
  return flatten({
    W1: tensor(W1),
    b1: tensor(b1),
    W2: tensor(W2),
    b2: tensor(b2),
    W3: tensor(W3),
    b3: tensor(b3),
  });
}

export interface TensorError {
  readonly name: string;
  /** Largest absolute difference. */
  readonly absolute: number;
  /** The same as a share of the largest entry that was expected. */
  readonly relative: number;
}

/** How far each tensor of a flat vector is from the recorded one. */
export function tensorErrors(flat: Float32Array, expected: Named<readonly number[]>): TensorError[] {
  const named = unflatten(flat, FEATURES);
  return (Object.keys(expected) as (keyof RegressorParameters)[]).map((name) => {
    const got = named[name];
    const want = expected[name];
    const absolute = Math.max(...want.map((value, i) => Math.abs(value - got.at(i)!)));
    return { name, absolute, relative: absolute / Math.max(...want.map(Math.abs)) };
  });
}
