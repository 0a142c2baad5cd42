import { describe, expect, test } from 'vitest';
import { foldOf, heldOutSources, shareData, type SourceColumn } from '../src/dataset.ts';
import { trainError } from './helpers/errors.ts';

const column = (names: string[], ...codes: number[]): SourceColumn => ({
  names,
  codes: Uint32Array.from(codes),
});

describe('heldOutSources', () => {
  test('each source once, sorted by code unit', () => {
    const names = ['b', 'a', 'B', '10', '9', 'é', 'z', '\u{1f600}', '\uff5e'];
    const source = column(names, ...names.keys(), 0, 1, 2);
    // neither by language (a B b) nor by number (9 10); a surrogate pair (d83d …) stands before U+FF5E
    expect(heldOutSources(source)).toEqual(['10', '9', 'B', 'a', 'b', 'z', 'é', '\u{1f600}', '\uff5e']);
  });

  test('a name without rows is no fold', () => {
    expect(heldOutSources(column(['a', 'gone', 'b'], 2, 0, 2))).toEqual(['a', 'b']);
  });

  test.each([
    ['no rows', column(['a', 'b'])],
    ['one source', column(['a'], 0, 0, 0)],
    ['one source with rows', column(['a', 'b'], 1, 1)],
  ])('%s is too few', (_, source) => {
    expect(() => heldOutSources(source)).toThrow(trainError('TOO_FEW_SOURCES'));
  });
});

describe('foldOf', () => {
  const source = column(['x', 'y', 'z'], 0, 2, 1, 0, 2, 2, 1);

  test.each(['x', 'y', 'z'])('%s: disjoint, exhaustive, in table order', (heldOut) => {
    const { trainRows, testRows } = foldOf(source, heldOut);
    expect([...trainRows, ...testRows].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(trainRows).toEqual(trainRows.toSorted());
    expect(testRows).toEqual(testRows.toSorted());
    expect(Array.from(testRows, (row) => source.names.at(source.codes.at(row)!))).toEqual(
      Array.from(testRows, () => heldOut),
    );
  });

  test('every row is tested once over all folds', () => {
    const tested = heldOutSources(source).flatMap((name) => [...foldOf(source, name).testRows]);
    expect(tested.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('null holds nothing out', () => {
    const { trainRows, testRows } = foldOf(source, null);
    expect([...trainRows]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(testRows).toEqual(trainRows);
  });

  test.each([
    ['a name that is not there', source, 'w'],
    ['a name without rows', column(['a', 'b', 'c'], 0, 1), 'c'],
    ['the only source', column(['a'], 0, 0), 'a'],
  ])('%s leaves a side empty', (_, of, heldOut) => {
    expect(() => foldOf(of, heldOut)).toThrow(trainError('FOLD_EMPTY'));
  });
});

describe('shareData', () => {
  const data = {
    features: [Float64Array.of(1, 2), Float64Array.of(3, 4)],
    target: Float64Array.of(5, 6),
    source: column(['a', 'b'], 0, 1),
  };

  test('copies to shared memory, once', () => {
    const shared = shareData(data);
    expect(shared).toEqual(data);
    const buffers = [...shared.features, shared.target, shared.source.codes].map(({ buffer }) => buffer);
    expect(buffers.every((buffer) => buffer instanceof SharedArrayBuffer)).toBe(true);
    expect(data.target.buffer).toBeInstanceOf(ArrayBuffer);
    const again = shareData(shared);
    expect(again.features.map((feature, i) => feature === shared.features[i])).toEqual([true, true]);
    expect(again.target).toBe(shared.target);
    expect(again.source.codes).toBe(shared.source.codes);
  });

  test('a part of a larger array is copied as it is', () => {
    const part = Float64Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(shareData({ ...data, target: part }).target).toEqual(Float64Array.of(1, 2));
  });
});
