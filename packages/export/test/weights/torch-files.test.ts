import { describe, expect, test } from 'vitest';
import { readWeights } from '../../src/weights/read-weights.ts';
import { contentDigest, float32Values } from '../../src/weights/state-dict.ts';
import { concat, f32 } from './helpers/bytes.ts';
import {
  call,
  emptyOrderedDict,
  integer,
  list,
  OP,
  orderedDict,
  text,
  tuple,
} from './helpers/pickle-writer.ts';
import { safetensors } from './helpers/safetensors-writer.ts';
import {
  floatStorage,
  rebuiltTensor,
  storageReference,
  torchLegacy,
  torchZip,
  torchZipEntries,
  type TensorSource,
} from './helpers/torch-writer.ts';
import { storedZip, zip64End } from './helpers/zip-writer.ts';

const first = floatStorage('10', f32(1, 2, 3, 4, 5, 6));
const second = floatStorage('9', f32(-1, -2));
const tensorB: TensorSource = { name: 'b', storage: first, shape: [2, 3] };
const tensorA: TensorSource = { name: 'a', storage: second, shape: [2, 1] };
const tensors = [tensorB, tensorA];
const values = { b: [1, 2, 3, 4, 5, 6], a: [-1, -2] };

function valuesOf(bytes: Uint8Array): Record<string, number[]> {
  return Object.fromEntries(
    [...readWeights(bytes).stateDict].map(([name, tensor]) => [name, [...float32Values(tensor)]]),
  );
}

describe('containers', () => {
  const files = {
    'torch-zip': torchZip(tensors),
    'torch-legacy': torchLegacy(tensors),
    safetensors: safetensors([
      { name: 'b', dtype: 'F32', shape: [2, 3], bytes: first.bytes },
      { name: 'a', dtype: 'F32', shape: [2, 1], bytes: second.bytes },
    ]),
  };

  test.each(Object.entries(files))('%s is recognised and read', (container, bytes) => {
    expect(readWeights(bytes).container).toBe(container);
    expect(valuesOf(bytes)).toEqual(values);
  });

  test('the same tensors have one content digest', () => {
    const digests = Object.values(files).map((bytes) => contentDigest(readWeights(bytes).stateDict));
    expect(new Set(digests).size).toBe(1);
  });

  test('a view into a larger buffer is read at its own offset', () => {
    const padded = concat(0xff, 0xff, 0xff, files['torch-zip'], 0xff);
    expect(valuesOf(padded.subarray(3, -1))).toEqual(values);
  });
});

describe('zip files', () => {
  test('torch 1.6 to 2.0: deferred sizes, padding, a zip64 end record that repeats the end record', () => {
    const padding = concat('FB', 5, 0, 'ZZZZZ');
    for (const descriptor of ['narrow', 'wide'] as const) {
      const entries = torchZipEntries(tensors).map((entry) => ({
        ...entry,
        descriptor,
        localExtra: padding,
      }));
      expect(valuesOf(storedZip(entries, { beforeEnd: zip64End }))).toEqual(values);
    }
  });

  test('torch 2.1 and later: byte order and the writer’s notes', () => {
    const more = [
      { name: 'archive/byteorder', data: concat('little') },
      { name: 'archive/.format_version', data: concat('1') },
      { name: 'archive/.data/serialization_id', data: concat('0123') },
    ];
    expect(valuesOf(storedZip([...torchZipEntries(tensors), ...more]))).toEqual(values);
  });

  test('entries in any order, with comments', () => {
    const entries = torchZipEntries(tensors).map((entry) => ({ ...entry, comment: 'x' }));
    expect(valuesOf(storedZip(entries.toReversed()))).toEqual(values);
  });

  test('an empty state dict', () => {
    expect(valuesOf(torchZip([]))).toEqual({});
  });
});

describe('pickles of other writers', () => {
  test('python 2 and pytorch 0.3: OrderedDict of a list of lists, _rebuild_tensor, no hooks', () => {
    const reference = storageReference(second, true);
    const byFour = call(
      'torch._utils',
      '_rebuild_tensor',
      reference,
      integer(0),
      tuple(integer(2)),
      tuple(integer(1)),
    );
    const bySix = call(
      'torch._utils',
      '_rebuild_tensor_v2',
      reference,
      integer(1),
      tuple(integer(1)),
      tuple(integer(1)),
      OP.NEWFALSE,
      OP.NONE,
    );
    const object = call(
      'collections',
      'OrderedDict',
      list(list(shortString('a'), byFour), list(shortString('b'), bySix)),
    );
    const file = torchLegacy([{ name: 'a', storage: second, shape: [2] }], { object });
    expect(valuesOf(file)).toEqual({ a: [-1, -2], b: [-2] });
  });

  test('storage views of very old files start at their own offset', () => {
    const reference = storageReference(first, true, tuple(text('view'), integer(2), integer(3)));
    const object = orderedDict(['v', rebuiltTensor(reference, integer(1), [integer(2)], [integer(1)])]);
    expect(valuesOf(torchLegacy([tensorB], { object }))).toEqual({ v: [4, 5] });
  });

  test('a parameter is its tensor', () => {
    const tensor = rebuiltTensor(storageReference(second, false), integer(0), [integer(2)], [integer(1)]);
    const object = orderedDict([
      'p',
      call('torch._utils', '_rebuild_parameter', tensor, OP.NEWTRUE, emptyOrderedDict),
    ]);
    expect(valuesOf(torchZip([tensorA], object))).toEqual({ p: [-1, -2] });
  });
});

describe('strides', () => {
  function laidOut(shape: number[], strides: number[], offset = 0): number[] | undefined {
    return valuesOf(torchZip([{ name: 't', storage: first, shape, strides, offset }])).t;
  }

  test('tensors are laid out row by row, whatever their strides', () => {
    expect(laidOut([3, 2], [1, 3])).toEqual([1, 4, 2, 5, 3, 6]);
    expect(laidOut([2, 2], [3, 2])).toEqual([1, 3, 4, 6]);
    expect(laidOut([2, 3], [0, 1], 3)).toEqual([4, 5, 6, 4, 5, 6]);
    expect(laidOut([], [], 5)).toEqual([6]);
    expect(laidOut([0, 3], [3, 1], 6)).toEqual([]);
  });

  test('strides of axes with one element do not matter, and need no copy', () => {
    const file = torchZip([{ name: 't', storage: first, shape: [1, 6, 1], strides: [999, 1, 999] }]);
    const tensor = readWeights(file).stateDict.get('t');
    expect(tensor?.bytes.buffer).toBe(file.buffer);
    expect(tensor?.bytes).toEqual(first.bytes);
  });

  test('tensors that share a storage share its bytes', () => {
    const file = torchZip([
      { name: 'lin0.weight', storage: first, shape: [6] },
      { name: 'lins.0.weight', storage: first, shape: [6] },
    ]);
    const [a, b] = [...readWeights(file).stateDict.values()];
    expect(a?.bytes.byteOffset).toBe(b?.bytes.byteOffset);
    expect(a?.bytes.buffer).toBe(file.buffer);
  });
});

function shortString(value: string): Uint8Array {
  return concat(OP.SHORT_BINSTRING, value.length, value);
}
