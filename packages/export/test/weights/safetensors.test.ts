import { expect, test } from 'vitest';
import { readWeights } from '../../src/weights/read-weights.ts';
import { f32 } from './helpers/bytes.ts';
import { safetensors, withHeader } from './helpers/safetensors-writer.ts';

test('tensors keep the order of the header, whatever the order of their bytes', () => {
  const header =
    '{"late":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},"early":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
  const { stateDict } = readWeights(withHeader(header, f32(1, 2)));
  expect([...stateDict]).toEqual([
    ['late', { dtype: 'f32', shape: [1], bytes: f32(2) }],
    ['early', { dtype: 'f32', shape: [], bytes: f32(1) }],
  ]);
});

test('metadata is skipped, spaces around it and behind the header are fine', () => {
  const header =
    ' \n { "__metadata__" : { "format" : "pt" } , "w" : { "dtype" : "U8" , "shape" : [ 2 , 1 ] , "data_offsets" : [ 0 , 2 ] } }   ';
  const { stateDict } = readWeights(withHeader(header.trimStart(), Uint8Array.of(7, 8)));
  expect(stateDict.get('w')).toEqual({ dtype: 'u8', shape: [2, 1], bytes: Uint8Array.of(7, 8) });
});

test('names may be any text', () => {
  const names = ['größe', '"quoted\\"', '__proto__', '', '\u{1f600}'];
  const file = safetensors(
    names.map((name) => ({ name, dtype: 'BOOL', shape: [1], bytes: Uint8Array.of(1) })),
  );
  expect([...readWeights(file).stateDict.keys()]).toEqual(names);
});

test('tensors without elements take no place', () => {
  const file = safetensors([
    { name: 'none', dtype: 'F32', shape: [0, 4], bytes: new Uint8Array() },
    { name: 'one', dtype: 'F32', shape: [1], bytes: f32(5) },
    { name: 'last', dtype: 'F64', shape: [2, 0], bytes: new Uint8Array() },
  ]);
  expect([...readWeights(file).stateDict.values()].map(({ bytes }) => bytes.length)).toEqual([0, 4, 0]);
});

test('a file may hold no tensor', () => {
  expect(readWeights(withHeader('{}')).stateDict.size).toBe(0);
});
