import type { AgreementMetrics } from '@vqforge/artifact';
import { describe, expect, test } from 'vitest';
import { shipGate, summarise } from '../src/gate.ts';

const fold = (plcc: number | null, rest: Partial<AgreementMetrics> = {}): AgreementMetrics => ({
  n: 100,
  plcc,
  srocc: 0.9,
  krocc: 0.8,
  rmse: 1.5,
  tied_target_fraction: 0,
  saturated_fraction: 0,
  ...rest,
});

const folds = (byName: Record<string, AgreementMetrics>): Map<string, AgreementMetrics> =>
  new Map(Object.entries(byName));

describe('summarise', () => {
  test('mean and sample standard deviation', () => {
    // R: mean(c(0.9, 0.95, 1)), sd(c(0.9, 0.95, 1))
    const summary = summarise(folds({ a: fold(0.9), b: fold(0.95), c: fold(1) }));
    expect(summary.n_folds).toBe(3);
    expect(summary.mean_plcc).toBeCloseTo(0.95, 14);
    expect(summary.std_plcc).toBeCloseTo(0.05, 14);
    expect(summary.std_rmse).toBe(0);
  });

  test('one fold has no standard deviation', () => {
    expect(summarise(folds({ a: fold(0.9) }))).toMatchObject({ mean_plcc: 0.9, std_plcc: null, n_folds: 1 });
  });

  test('a metric that one fold lacks has no mean, the others keep theirs', () => {
    const summary = summarise(folds({ a: fold(0.9), b: fold(null) }));
    expect(summary).toMatchObject({ mean_plcc: null, std_plcc: null, mean_srocc: 0.9, n_folds: 2 });
  });

  test('no folds', () => {
    expect(summarise(new Map())).toMatchObject({ mean_plcc: null, std_rmse: null, n_folds: 0 });
  });

  test('a source may have any name', () => {
    const perFold = new Map([
      ['__proto__', fold(0.9)],
      ['10', fold(1)],
      ['', fold(0.95)],
    ]);
    expect(summarise(perFold).n_folds).toBe(3);
    expect(shipGate(perFold, ['', '10', '__proto__'], 0.9).ship).toBe(true);
    expect(shipGate(folds({ a: fold(1) }), ['a', 'toString'], 0.9).ship).toBe(false);
  });
});

describe('shipGate', () => {
  test('ships when every fold is there and the mean reaches the threshold', () => {
    expect(shipGate(folds({ a: fold(0.94), b: fold(0.97) }), ['b', 'a'], 0.95)).toEqual({
      ship: true,
      reasons: [],
    });
  });

  test('equality passes, the next number below does not', () => {
    const perFold = folds({ a: fold(0.95), b: fold(0.95) });
    expect(shipGate(perFold, ['a', 'b'], 0.95).ship).toBe(true);
    expect(shipGate(perFold, ['a', 'b'], 0.95 + Number.EPSILON / 2).ship).toBe(false);
  });

  test.each<[string, Parameters<typeof shipGate>, RegExp[]]>([
    [
      'below the threshold',
      [folds({ a: fold(0.9), b: fold(0.99) }), ['a', 'b'], 0.95],
      [/mean PLCC 0\.94\d* is below.* 0\.95$/],
    ],
    ['a missing fold', [folds({ a: fold(1) }), ['a', 'b', 'c'], 0.95], [/missing .*b, c$/]],
    ['an unexpected fold', [folds({ a: fold(1), z: fold(1) }), ['a'], 0.95], [/unexpected .*z$/]],
    ['no fold at all', [new Map(), [], 0.95], [/mean PLCC is undefined/]],
    [
      'an undefined metric, with its reason',
      [
        folds({ a: fold(1), b: fold(null, { undefined_because: { plcc: 'every target is 100' } }) }),
        ['a', 'b'],
        0.95,
      ],
      [/plcc of fold b .*every target is 100/, /mean PLCC is undefined/],
    ],
    [
      'an undefined metric that is not the mean',
      [folds({ a: fold(1, { krocc: null }) }), ['a'], 0.95],
      [/krocc of fold a/],
    ],
    ['NaN in a metric', [folds({ a: fold(NaN) }), ['a'], 0.95], [/plcc of fold a/, /mean PLCC NaN/]],
    ['an infinite metric', [folds({ a: fold(1, { rmse: Infinity }) }), ['a'], 0.95], [/rmse of fold a/]],
    ['a threshold that is no number', [folds({ a: fold(1) }), ['a'], NaN], [/threshold NaN/]],
  ])('refuses %s', (_, args, reasons) => {
    const verdict = shipGate(...args);
    expect(verdict.ship).toBe(false);
    expect(verdict.reasons).toHaveLength(reasons.length);
    for (const [i, reason] of reasons.entries()) expect(verdict.reasons[i]).toMatch(reason);
  });

  test('tells every reason at once', () => {
    const verdict = shipGate(
      folds({ a: fold(0.5, { srocc: null, krocc: null }), z: fold(0.5) }),
      ['a', 'b'],
      0.95,
    );
    expect(verdict.reasons).toHaveLength(4);
  });
});
