import { describe, expect, test } from 'vitest';
import { drawProbes, TEACHER_FEATURES } from '../../src/index.ts';

describe('drawProbes', () => {
  test('a probe depends on the seed and its index alone', () => {
    const short = drawProbes({ rows: 50, seed: 3 });
    const long = drawProbes({ rows: 5000, seed: 3 });
    const other = drawProbes({ rows: 50, seed: 4 });
    for (const name of TEACHER_FEATURES) {
      expect(long.columns[name].slice(0, 50)).toEqual(short.columns[name]);
      expect(other.columns[name]).not.toEqual(short.columns[name]);
    }
    expect(long.parts.slice(0, 50)).toEqual(short.parts);
  });

  test('keeps to the boxes of its three parts, and reaches their corners', () => {
    const { columns, parts } = drawProbes({ rows: 40_000, seed: 1 });
    const extremes = (part: string, name: keyof typeof columns): [number, number] => {
      const values = columns[name].filter((_, row) => parts[row] === part);
      return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    };
    expect(parts.filter((part) => part === 'core')).toHaveLength(8000);
    expect(parts.filter((part) => part === 'independent')).toHaveLength(8000);
    const within = (
      name: keyof typeof columns,
      part: string,
      low: number,
      high: number,
      near: number,
    ): void => {
      const [least, most] = extremes(part, name);
      expect(least).toBeGreaterThanOrEqual(low);
      expect(least).toBeLessThan(low + near);
      expect(most).toBeLessThanOrEqual(high);
      expect(most).toBeGreaterThan(high - near);
    };
    within('vif_scale3', 'core', 0.1, 1, 0.01);
    within('adm2', 'core', 0.4, 1, 0.01);
    within('motion2', 'core', 0, 25, 0.1);
    for (const part of ['outer', 'independent']) {
      within('vif_scale3', part, 0, 1.35, 0.01);
      within('adm2', part, 0, 1.4, 0.01);
      within('motion2', part, 0, 100, 0.1);
    }
    within('vif_scale0', 'independent', 0, 1.35, 0.01);
    // (1 + 0.35)·(1 + 0.12)·(1 + 0.2)·(1 + 0.5) is the farthest that lifts can reach
    expect(extremes('outer', 'vif_scale0')[1]).toBeLessThan(1.35 * 1.12 * 1.2 * 1.5);
    expect(extremes('outer', 'vif_scale0')[1]).toBeGreaterThan(1);
    expect(extremes('core', 'vif_scale0')[0]).toBeGreaterThan(0);
  });

  test('independent probes have scales without any signal beside scales with all of it', () => {
    const { columns, parts } = drawProbes({ rows: 40_000, seed: 1 });
    const share = (vif: number): number =>
      columns.vif_scale2.filter((value, row) => parts[row] === 'independent' && value === vif).length / 8000;
    // of 8,000 draws the shares lie within 0.016 of 0.15 and 0.1: four standard deviations of the wider one
    expect(Math.abs(share(0) - 0.15)).toBeLessThan(0.016);
    expect(Math.abs(share(1) - 0.1)).toBeLessThan(0.016);
    const opposite = parts.filter(
      (part, row) =>
        part === 'independent' && columns.vif_scale2[row] === 0 && (columns.vif_scale3[row] as number) >= 1,
    );
    expect(opposite.length).toBeGreaterThan(0);
  });
});
