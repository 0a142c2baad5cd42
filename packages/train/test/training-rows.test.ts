import { describe, expect, test } from 'vitest';
import type { TrainingData } from '../src/dataset.ts';
import { stepCount } from '../src/fit.ts';
import { RECIPES } from '../src/recipe.ts';
import { foldSizes, trainingRows } from '../src/training-rows.ts';

const NAMES = ['a', 'b', 'c'];
const ROWS = 30;

/** Row r has features r and −r and target r + 0.5, except for two rows of source a at the bounds; probes count from 1000. */
function table(changes: Partial<TrainingData> = {}): TrainingData {
  const target = Float64Array.from({ length: ROWS }, (_, row) => row + 0.5);
  target[0] = 100;
  target[3] = 0;
  return {
    features: [1, -1].map((sign) => Float64Array.from({ length: ROWS }, (_, row) => sign * row)),
    target,
    source: { names: NAMES, codes: Uint32Array.from({ length: ROWS }, (_, row) => row % NAMES.length) },
    ...changes,
  };
}

const unclipped = (): Float64Array =>
  Float64Array.from({ length: ROWS }, (_, row) => (row === 0 ? 130 : row === 3 ? -9 : row + 0.5));

const PROBES = {
  features: [1, -1].map((sign) => Float64Array.of(1000, 1001, 1002).map((value) => sign * value)),
  target: Float64Array.of(100, 50, 0),
  unclipped: Float64Array.of(140, 50, -30),
};

const STANDARD = RECIPES.standard;

describe('trainingRows', () => {
  test('no row of the held-out source enters, every probe does, for every source', () => {
    for (const [code, source] of NAMES.entries()) {
      const data = table({ unclipped: unclipped(), probes: PROBES });
      const { features, target } = trainingRows(data, source, STANDARD);
      const rows = [...(features[0] as Float64Array)];
      // features name their row: what is not of the table is a probe
      const fromTable = rows.filter((value) => value < ROWS);
      expect(fromTable).toEqual([...Array(ROWS).keys()].filter((row) => row % NAMES.length !== code));
      expect(rows.slice(fromTable.length)).toEqual([1000, 1001, 1002]);
      expect([...(features[1] as Float64Array)]).toEqual(rows.map((value) => -value));
      expect(target.length).toBe(rows.length);
    }
  });

  test('what stands in the rows of the held-out source cannot matter', () => {
    const data = table({ unclipped: unclipped(), probes: PROBES });
    const poisoned = table({ unclipped: unclipped(), probes: PROBES });
    for (let row = 1; row < ROWS; row += NAMES.length)
      for (const column of [...poisoned.features, poisoned.target, poisoned.unclipped as Float64Array])
        column[row] = NaN;
    expect(trainingRows(poisoned, 'b', STANDARD)).toEqual(trainingRows(data, 'b', STANDARD));
  });

  test('the target is the unclipped score of table and probes', () => {
    const { target, leftOut } = trainingRows(
      table({ unclipped: unclipped(), probes: PROBES }),
      null,
      STANDARD,
    );
    expect([target[0], target[3], ...target.slice(ROWS)]).toEqual([130, -9, 140, 50, -30]);
    expect(leftOut).toBe(0);
  });

  test('without unclipped scores, rows at a bound leave training when the probes have them', () => {
    const { features, target, leftOut } = trainingRows(table({ probes: PROBES }), null, STANDARD);
    expect(leftOut).toBe(2);
    expect([...(features[0] as Float64Array)].slice(0, 4)).toEqual([1, 2, 4, 5]);
    expect(target.length).toBe(ROWS - 2 + 3);
    // they are of source a: other folds lose nothing that they had
    expect(trainingRows(table({ probes: PROBES }), 'a', STANDARD).leftOut).toBe(0);
  });

  test('and stay where no unclipped score is fitted', () => {
    expect(trainingRows(table(), null, STANDARD)).toMatchObject({ leftOut: 0, target: table().target });
    const reference = trainingRows(
      table({ unclipped: unclipped(), probes: PROBES }),
      null,
      RECIPES.reference,
    );
    expect([...reference.target]).toEqual([...table().target, 100, 50, 0]);
  });

  test('probes count in the steps of a fit', () => {
    const { target } = trainingRows(table({ probes: PROBES }), 'a', STANDARD);
    expect(stepCount(target.length, { ...STANDARD, epochs: 2, batchSize: 20 })).toBe(2 * 2);
  });
});

describe('foldSizes', () => {
  test.each([
    ['clipped targets', table()],
    ['unclipped ones', table({ unclipped: unclipped() })],
    ['probes', table({ probes: PROBES })],
    ['both', table({ unclipped: unclipped(), probes: PROBES })],
  ])('counts what trainingRows gathers: %s', (_, data) => {
    for (const recipe of Object.values(RECIPES)) {
      const size = foldSizes(data, recipe);
      for (const source of [null, ...NAMES])
        expect(size(source)).toBe(trainingRows(data, source, recipe).target.length);
    }
  });

  test('a source may be called as what every object inherits', () => {
    const names = ['toString', '__proto__', 'constructor'];
    const data = table({ source: { ...table().source, names } });
    for (const name of names) expect(foldSizes(data, STANDARD)(name)).toBe(20);
  });
});
