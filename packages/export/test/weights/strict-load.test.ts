import { expect, test } from 'vitest';
import type { StateDict } from '../../src/weights/state-dict.ts';
import { selectTensors } from '../../src/weights/lpips-weights.ts';
import { f32 } from './helpers/bytes.ts';
import { refusal } from './helpers/refusal.ts';

function stateDict(shapes: Readonly<Record<string, number[]>>): StateDict {
  const size = (shape: number[]): number => shape.reduce((product, length) => product * length, 1);
  return new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      { dtype: 'f32', shape, bytes: f32(...Array<number>(size(shape)).fill(1)) },
    ]),
  );
}

test('tensors come in the order and under the names of the specs', () => {
  const selected = selectTensors(stateDict({ x: [2], 'old.y': [1, 3] }), [
    { name: 'y', key: 'old.y', shape: [1, 3] },
    { name: 'x', shape: [2] },
  ]);
  expect([...selected.keys()]).toEqual(['y', 'x']);
  expect(selected.get('y')?.shape).toEqual([1, 3]);
});

test('missing, unexpected and misshapen tensors are named at once', () => {
  const file = stateDict({ a: [2], extra1: [1], extra2: [1], s: [] });
  const specs = [
    { name: 'a', shape: [2, 1] },
    { name: 'b', shape: [1] },
    { name: 'c', key: 'old.c', shape: [1] },
    { name: 's', shape: [1] },
  ];
  expect(refusal(() => selectTensors(file, specs))).toEqual({
    code: 'STATE_DICT_MISMATCH',
    message:
      'state dict does not fit: missing (2): "b", "old.c"; unexpected (2): "extra1", "extra2"; ' +
      'wrong shape (2): "a" is [2], expected [2,1], "s" is [], expected [1]',
  });
});

test('ignored names are known, everything else is unexpected', () => {
  const file = stateDict({ w: [1], 'classifier.1.weight': [1], classifier_1: [1] });
  const options = { ignore: [/^classifier\./] };
  expect(refusal(() => selectTensors(file, [{ name: 'w', shape: [1] }], options))).toEqual({
    code: 'STATE_DICT_MISMATCH',
    message: 'state dict does not fit: unexpected (1): "classifier_1"',
  });
});

test('a required name is required even where it matches an ignored pattern', () => {
  const select = (): StateDict => selectTensors(new Map(), [{ name: 'w', shape: [1] }], { ignore: [/./] });
  expect(refusal(select).message).toBe('state dict does not fit: missing (1): "w"');
});

test('a message names at most 100 tensors of a kind', () => {
  const many = stateDict(Object.fromEntries(Array.from({ length: 103 }, (_, index) => [`t${index}`, [1]])));
  expect(refusal(() => selectTensors(many, [])).message).toMatch(
    /^state dict does not fit: unexpected \(103\): "t0", .*"t99" and 3 more$/,
  );
});
