import { describe, expect, test } from 'vitest';
import { krocc } from '../src/metrics/krocc.ts';
import { plcc } from '../src/metrics/plcc.ts';
import { rmse } from '../src/metrics/rmse.ts';
import { srocc } from '../src/metrics/srocc.ts';
import { RandomStream, shuffle } from '@vqforge/base';
import { trainError } from './helpers/errors.ts';

const METRICS = { plcc, srocc, krocc, rmse };
const CORRELATIONS = { plcc, srocc, krocc };

/** Float64 sums of at most a dozen terms, in another order than the authority's. */
const ULPS = 1e-14;

/** Random pairs; `levels` distinct values on each side, so that few levels mean many ties. */
function pairs(seed: number, n: number, levels: number): { predicted: number[]; target: number[] } {
  const random = new RandomStream(seed, 'shuffle', 0);
  const draw = (): number[] => Array.from({ length: n }, () => random.below(levels) - levels / 3);
  return { predicted: draw(), target: draw() };
}

describe('values of other software', () => {
  test.each([
    {
      // https://en.wikipedia.org/wiki/Spearman%27s_rank_correlation_coefficient: rho = -29/165
      predicted: [106, 100, 86, 101, 99, 103, 97, 113, 112, 110],
      target: [7, 27, 2, 50, 28, 29, 20, 12, 6, 17],
      plcc: -0.07021632602905671,
      srocc: -29 / 165,
      krocc: -1 / 9,
      rmse: 84.45057726268068,
    },
    {
      // R 4: example(cor.test), tuna lightness (Hollander & Wolfe 1973, p. 187): tau = 0.4444444, rho = 0.6
      predicted: [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1],
      target: [2.6, 3.1, 2.5, 5, 3.6, 4, 5.2, 2.8, 3.8],
      plcc: 0.5711815575638287,
      srocc: 0.6,
      krocc: 4 / 9,
      rmse: 44.47127662260714,
    },
    {
      // the example of scipy.stats.kendalltau, tied on both sides
      predicted: [12, 2, 1, 12, 2],
      target: [1, 4, 7, 1, 0],
      plcc: -0.5566399985665696,
      srocc: -0.5407380704358752,
      krocc: -0.4714045207910316,
      rmse: 7.563068160475615,
    },
    {
      // a clipped teacher: four frames at 100
      predicted: [71.2, 88, 93.5, 96.1, 99, 99.7],
      target: [80.1, 92.4, 100, 100, 100, 100],
      plcc: 0.9780588429619351,
      srocc: 0.8451542547285166,
      krocc: 0.7745966692414834,
      rmse: 5.117290949972129,
    },
    {
      predicted: [3, 1, 2, 2, 2, 5, 5, 4],
      target: [100, 100, 0, 0, 50, 50, 100, 75],
      plcc: 0.28038607704602214,
      srocc: 0.21019534661606043,
      krocc: 0.17025130615174977,
      rmse: 68.56839651034578,
    },
    // SciPy 1.17.1: pearsonr(x, y)[0], spearmanr(x, y)[0], kendalltau(x, y)[0], sqrt(mean((x - y)**2))
  ])('$predicted', ({ predicted, target, ...expected }) => {
    for (const [name, metric] of Object.entries(METRICS)) {
      const want = expected[name as keyof typeof expected];
      expect(Math.abs(metric(predicted, target)! / want - 1)).toBeLessThan(ULPS);
      expect(metric(Float64Array.from(predicted), target)).toBe(metric(predicted, target));
    }
  });

  test('the examples of the docstrings', () => {
    expect(plcc([1, 2, 3], [2, 4, 6])).toBe(1);
    expect(srocc([1, 2, 3], [10, 20, 20])?.toFixed(6)).toBe('0.866025');
    expect(krocc([1, 2, 3], [10, 20, 20])?.toFixed(6)).toBe('0.816497');
    expect(rmse([1, 2], [1, 4])?.toFixed(4)).toBe('1.4142');
  });
});

describe('krocc against its definition', () => {
  /** tau-b = (C − D) / √((n₀ − n₁)(n₀ − n₂)), counted over all pairs. */
  function byDefinition(x: readonly number[], y: readonly number[]): number {
    let difference = 0;
    let untiedX = 0;
    let untiedY = 0;
    for (const [j, yj] of y.entries()) {
      for (const [i, yi] of y.slice(0, j).entries()) {
        const [dx, dy] = [Math.sign(x.at(j)! - x.at(i)!), Math.sign(yj - yi)];
        difference += dx * dy;
        untiedX += dx * dx;
        untiedY += dy * dy;
      }
    }
    return difference / Math.sqrt(untiedX) / Math.sqrt(untiedY);
  }

  test.each([2, 3, 5, 20, 1000])('%d levels', (levels) => {
    const samples = Array.from({ length: 40 }, (_, seed) => pairs(seed, 3 + seed, levels));
    const expected = samples.map(({ predicted, target }) => byDefinition(predicted, target));
    const got = samples.map(({ predicted, target }) => krocc(predicted, target));
    expect(got.map((tau) => tau === null)).toEqual(expected.map(Number.isNaN));
    const worst = Math.max(...expected.map((tau, i) => Math.abs((got.at(i) ?? NaN) - tau) || 0));
    // the same integers under two square roots
    expect(worst).toBeLessThan(1e-15);
    expect(expected.filter(Number.isFinite).length).toBeGreaterThan(30);
  });

  test('is not quadratic', () => {
    // 200,000 rows take 0.2 s by merge sort and minutes by counting pairs, 2e10 of them
    const { predicted, target } = pairs(1, 200_000, 1000);
    expect(Math.abs(krocc(predicted, target)!)).toBeLessThan(0.01);
  });
});

describe('invariances', () => {
  const CASES = [3, 10, 1000].flatMap((levels) =>
    [1, 2, 3, 4].map((seed) => ({ levels, seed, ...pairs(seed, 200, levels) })),
  );

  test.each(CASES)('row order: $levels levels, seed $seed', ({ predicted, target, seed }) => {
    const order = Uint32Array.from(predicted.keys());
    shuffle(order, new RandomStream(seed, 'shuffle', 1));
    const reorder = (values: number[]): number[] => Array.from(order, (row) => values.at(row)!);
    for (const metric of Object.values(CORRELATIONS)) {
      const error = Math.abs(metric(reorder(predicted), reorder(target))! - metric(predicted, target)!);
      // sums of 200 terms in another order
      expect(error).toBeLessThan(1e-14);
    }
    const relative = rmse(reorder(predicted), reorder(target))! / rmse(predicted, target)! - 1;
    expect(Math.abs(relative)).toBeLessThan(1e-14);
  });

  test.each(CASES)('exchange of sides: $levels levels, seed $seed', ({ predicted, target }) => {
    for (const metric of Object.values(METRICS))
      expect(metric(target, predicted)).toBeCloseTo(metric(predicted, target)!, 13);
  });

  test.each(CASES)('affine and monotone maps: $levels levels, seed $seed', ({ predicted, target }) => {
    const affine = predicted.map((x) => 3 * x + 7);
    const cubed = predicted.map((x) => x * x * x);
    expect(plcc(affine, target)).toBeCloseTo(plcc(predicted, target)!, 13);
    expect(
      plcc(
        affine.map((x) => -x),
        target,
      ),
    ).toBeCloseTo(-plcc(predicted, target)!, 13);
    for (const metric of [srocc, krocc]) {
      expect(metric(cubed, target)).toBe(metric(predicted, target));
      expect(
        metric(
          cubed.map((x) => -x),
          target,
        ),
      ).toBeCloseTo(-metric(predicted, target)!, 13);
    }
    expect(
      rmse(
        predicted.map((x) => x + 100),
        target.map((x) => x + 100),
      ),
    ).toBeCloseTo(rmse(predicted, target)!, 11);
  });
});

describe('bounds', () => {
  test('perfect agreement of any length is never beyond 1', () => {
    const above: string[] = [];
    for (let n = 2; n <= 300; n++) {
      const random = new RandomStream(n, 'shuffle', 0);
      const target = Array.from({ length: n }, () => 100 * random.fraction());
      for (const [name, metric] of Object.entries(CORRELATIONS)) {
        for (const sign of [1, -1]) {
          const value =
            sign *
            metric(
              target.map((x) => sign * (0.7 * x + 11)),
              target,
            )!;
          if (!(value <= 1 && value > 1 - 1e-14)) above.push(`${name} of ${n} rows is ${value}`);
        }
      }
    }
    expect(above).toEqual([]);
  });

  test('a large offset does not swallow the digits of plcc', () => {
    const { predicted, target } = pairs(5, 500, 1000);
    // 1e9 leaves 24 bits below the point of a double
    const offset = plcc(
      predicted.map((x) => x + 1e9),
      target.map((x) => x + 1e9),
    )!;
    expect(offset).toBeCloseTo(plcc(predicted, target)!, 9);
  });
});

describe('undefined', () => {
  test('a constant side, whatever its value and length', () => {
    const defined: string[] = [];
    for (let n = 2; n <= 120; n++) {
      const { predicted } = pairs(n, n, 1000);
      // means of these round away from the value itself for some lengths
      for (const value of [0, 0.1, 99.7, 100, 1e-3, 73.21, Math.fround(0.1)]) {
        const constant = Array.from<number>({ length: n }).fill(value);
        for (const [name, metric] of Object.entries(CORRELATIONS)) {
          for (const [x, y] of [
            [predicted, constant],
            [constant, predicted],
            [constant, constant],
          ] as const)
            if (metric(x, y) !== null) defined.push(`${name} of ${n} times ${value}`);
        }
      }
    }
    expect(defined).toEqual([]);
  });

  test.each([
    [[], []],
    [[1], [2]],
  ])('correlations of %j and %j', (predicted: number[], target: number[]) => {
    for (const metric of Object.values(CORRELATIONS)) expect(metric(predicted, target)).toBeNull();
  });

  test('rmse needs one row', () => {
    expect(rmse([], [])).toBeNull();
    expect(rmse([1], [3])).toBe(2);
    expect(rmse([1, 1], [1, 1])).toBe(0);
  });

  test.each([NaN, Infinity, -Infinity])('%d on either side', (bad) => {
    for (const metric of Object.values(METRICS)) {
      for (let place = 0; place < 4; place++) {
        const wrong = [1, 2, 4, 3].with(place, bad);
        expect(metric(wrong, [1, 2, 3, 4])).toBeNull();
        expect(metric([1, 2, 3, 4], wrong)).toBeNull();
        expect(metric(Float32Array.from(wrong), [1, 2, 3, 4])).toBeNull();
      }
    }
  });

  test('squares that overflow', () => {
    expect(rmse([1e200, -1e200, 0], [1, 2, 3])).toBeNull();
    expect(srocc([1e200, -1e200, 0], [1, 2, 3])).toBe(-0.5);
  });

  test('columns of different length', () => {
    for (const metric of Object.values(METRICS))
      expect(() => metric([1, 2, 3], [1, 2])).toThrow(trainError('LENGTH_MISMATCH'));
  });
});
