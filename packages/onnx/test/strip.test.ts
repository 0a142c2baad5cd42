import { expect, test } from 'vitest';
import { OnnxError } from '../src/errors.ts';
import { scanModel } from '../src/scan.ts';
import { stripModel } from '../src/strip.ts';
import { message, modelBytes, node } from './protobuf.ts';
import type { FieldValue } from './protobuf.ts';

const entry = message([1, 'pkg.torch.onnx.stack_trace'], [2, '/home/somebody/site-packages/torch/nn.py:1']);
const type = message(
  [1, message([1, 1], [2, message([1, message([2, 'N'], [3, 'DATA_BATCH'])])])],
  [6, 'IMAGE'],
);
const bareType = message([1, message([1, 1], [2, message([1, message([2, 'N'])])])]);

test('removes every annotation and keeps all other bytes in order', () => {
  const tensor = [
    [9, new Uint8Array(4)],
    [2, 1],
  ] as const;
  const verbose = modelBytes(
    [
      [2, 'graph'],
      node('Relu', [9, entry], [3, 'n0'], [6, 'doc'], [5, message([1, 'a'], [13, 'doc'], [3, 1], [20, 2])]),
      [5, message(...tensor, [12, 'doc'], [16, entry])],
      [11, message([1, 'x'], [2, type], [3, 'doc'], [4, entry])],
      [13, message([1, 'y'], [2, type])],
      [16, entry],
    ],
    [3, '2.11.0+cu130'],
    [6, 'doc'],
    [14, entry],
  );
  const bare = modelBytes([
    [2, 'graph'],
    node('Relu', [5, message([1, 'a'], [3, 1], [20, 2])]),
    [5, message(...tensor)],
    [11, message([1, 'x'], [2, bareType])],
  ]);
  expect(stripModel(verbose)).toEqual(bare);
  expect(stripModel(bare)).toEqual(bare);
  expect(scanModel(bare, { ops: 'any' })).toEqual([]);
});

test('goes into graphs of attributes and into functions', () => {
  const inner = (...fields: (readonly [number, FieldValue])[]): Uint8Array =>
    message([1, 'body'], [6, message(...fields)], [20, 5]);
  const verbose = modelBytes(
    [node('If', [5, inner(node('Relu', [9, entry]))])],
    [25, message([7, message([4, 'Sin'], [9, entry])], [8, 'doc'])],
  );
  const bare = modelBytes([node('If', [5, inner(node('Relu'))])], [25, message([7, message([4, 'Sin'])])]);
  expect(stripModel(verbose)).toEqual(bare);
});

test('lengths of more than one byte', () => {
  const long = 'x'.repeat(20_000);
  const bare = modelBytes([
    [2, long],
    [5, message([8, long], [9, new Uint8Array(300)])],
  ]);
  expect(
    stripModel(
      modelBytes([
        [2, long],
        [5, message([8, long], [9, new Uint8Array(300)], [12, long])],
      ]),
    ),
  ).toEqual(bare);
});

test('refuses what it cannot judge', () => {
  expect(() => stripModel(modelBytes([node('Relu', [99, 1])]))).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED' }),
  );
  expect(() => stripModel(Uint8Array.of(255))).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  expect(() => stripModel(new Uint8Array())).toThrow(OnnxError);
});
