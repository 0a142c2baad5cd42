import { describe, expect, test } from 'vitest';
import { optimiserOf, StepNumbers } from '../src/optimiser.ts';
import { RECIPES, type Recipe } from '../src/recipe.ts';
import { learningRate } from '../src/schedule.ts';

const recipe = (changes: Partial<Recipe>): Recipe => ({ ...RECIPES.reference, ...changes });
const rates = (of: Recipe, total: number): number[] =>
  Array.from({ length: total }, (_, step) => learningRate(of, step, total));

describe('learningRate', () => {
  test('constant', () => {
    expect(new Set(rates(recipe({ learningRate: 1e-3 }), 100))).toEqual(new Set([1e-3]));
  });

  test.each([
    [1000, 0.05],
    [1000, 0],
    [37, 0.1],
    [2, 0.5],
    [1, 0.9],
    [10, 0.95],
  ])('smoothstep over %d steps with warm-up %d: up in a line, down to nothing', (total, warmup) => {
    const peak = 3e-2;
    const of = recipe({ learningRate: peak, schedule: 'smoothstep', warmup });
    const values = rates(of, total);
    const rising = Math.floor(warmup * total);
    expect(values.every((rate) => rate > 0 && rate <= peak)).toBe(true);
    expect(values.slice(0, rising)).toEqual(values.slice(0, rising).toSorted((a, b) => a - b));
    expect(values.slice(rising)).toEqual(values.slice(rising).toSorted((a, b) => b - a));
    expect(learningRate(of, rising, total)).toBe(peak);
    // where the next step would be
    expect(learningRate(of, total, total)).toBe(0);
    for (const [step, rate] of values.slice(0, rising).entries())
      expect(rate).toBeCloseTo((peak * (step + 1)) / (rising + 1), 15);
  });

  test('stays within 1.01 % of the peak of the half cosine', () => {
    const of = recipe({ learningRate: 1, schedule: 'smoothstep', warmup: 0 });
    const distance = rates(of, 10_000).map((rate, step) =>
      Math.abs(rate - (1 + Math.cos((Math.PI * step) / 10_000)) / 2),
    );
    // the maximum is 0.010008…, at t ≈ 0.279 and 0.721
    expect(Math.max(...distance)).toBeLessThan(0.0101);
    expect(Math.max(...distance)).toBeGreaterThan(0.01);
  });
});

describe('StepNumbers', () => {
  test('are AdamW with unnormalised moments', () => {
    const of = recipe({ learningRate: 2e-3, weightDecay: 0.01 });
    const numbers = new StepNumbers(optimiserOf(of, 2000));
    for (let t = 1; t <= 2000; t++) {
      const { stepSize, stepEpsilon, decay } = numbers.next();
      // lr · m̂ / (√v̂ + ε), where m̂ = (1 − β₁)m/(1 − β₁ᵗ) and v̂ = (1 − β₂)v/(1 − β₂ᵗ)
      const root = Math.sqrt((1 - 0.999 ** t) / (1 - 0.999));
      // 1 − β₂ᵗ loses three digits at t = 1; products of t factors lose t/2 ulps of a power below 1
      expect(Math.abs(stepSize / (((2e-3 * 0.1) / (1 - 0.9 ** t)) * root) - 1)).toBeLessThan(1e-12);
      expect(Math.abs(stepEpsilon / (1e-8 * root) - 1)).toBeLessThan(1e-12);
      expect(decay).toBe(1 - 2e-3 * 0.01);
    }
  });

  test('the first step of Adam is the learning rate, whatever the gradient', () => {
    const { stepSize, stepEpsilon } = new StepNumbers(optimiserOf(recipe({ learningRate: 1e-3 }), 10)).next();
    for (const gradient of [1e-3, 1, 100]) {
      const update = (stepSize * gradient) / (Math.sqrt(gradient * gradient) + stepEpsilon);
      expect(Math.abs(update / 1e-3 - 1)).toBeLessThan(1.1e-5);
    }
  });

  test('decay and step size follow the schedule', () => {
    const of = recipe({ learningRate: 0.1, schedule: 'smoothstep', warmup: 0.2, weightDecay: 0.5 });
    const numbers = new StepNumbers(optimiserOf(of, 10));
    const decays = Array.from({ length: 10 }, () => numbers.next().decay);
    expect(decays).toEqual(rates(of, 10).map((rate) => 1 - rate * 0.5));
  });

  test('stay finite over a long run', () => {
    const numbers = new StepNumbers(optimiserOf(recipe({}), 200_000));
    for (let t = 1; t < 200_000; t++) numbers.next();
    const { stepSize, stepEpsilon } = numbers.next();
    // β₁ᵗ and β₂ᵗ are gone: lr·(1 − β₁)/√(1 − β₂) and ε/√(1 − β₂)
    expect(stepSize).toBeCloseTo((1e-3 * 0.1) / Math.sqrt(0.001), 12);
    expect(stepEpsilon).toBeCloseTo(1e-8 / Math.sqrt(0.001), 15);
  });
});
