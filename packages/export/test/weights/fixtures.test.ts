import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readWeights } from '../../src/weights/read-weights.ts';
import { contentDigest, float32Values, toFloat32 } from '../../src/weights/state-dict.ts';

const FOLDER = new URL('./fixtures/', import.meta.url);

/** What PyTorch itself read, written by fixtures/generate.py. */
interface Expectation {
  readonly content_digest: string;
  readonly tensors: Readonly<
    Record<string, { dtype: string; shape: number[]; bytes: string; float32_bits: number[] }>
  >;
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.pth'));

test('the folder holds two sets of tensors in two containers and two protocols', () => {
  expect(files).toHaveLength(8);
});

describe.each(files)('%s', (file) => {
  const expected = JSON.parse(
    readFileSync(new URL(`${file.split('.')[0]}.json`, FOLDER), 'utf8'),
  ) as Expectation;
  const { container, stateDict } = readWeights(readFileSync(new URL(file, FOLDER)));

  test('holds the tensors that PyTorch reads, in order, bit for bit', () => {
    const got = [...stateDict].map(([name, { dtype, shape, bytes }]) => ({
      name,
      dtype,
      shape,
      bytes: hex(bytes),
    }));
    const want = Object.entries(expected.tensors).map(([name, { dtype, shape, bytes }]) => ({
      name,
      dtype,
      shape,
      bytes,
    }));
    expect(got).toEqual(want);
    expect(container).toBe(file.endsWith('zip.pth') ? 'torch-zip' : 'torch-legacy');
  });

  test('converts to float32 as PyTorch does', () => {
    const bits = Object.fromEntries(
      [...stateDict].map(([name, tensor]) => [name, [...new Int32Array(float32Values(tensor).buffer)]]),
    );
    const converted = Object.fromEntries(
      [...stateDict].map(([name, tensor]) => [name, [...new Int32Array(toFloat32(tensor).bytes.buffer)]]),
    );
    const want = Object.fromEntries(
      Object.entries(expected.tensors).map(([name, { float32_bits }]) => [name, float32_bits]),
    );
    expect(bits).toEqual(want);
    expect(converted).toEqual(want);
  });

  test('has the content digest that hashlib computes', () => {
    expect(contentDigest(stateDict)).toBe(expected.content_digest);
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
