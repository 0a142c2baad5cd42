import { describe, expect, test } from 'vitest';
import { RECIPES, recordedRecipe, resolveRecipe, type RecipeOverrides } from '../src/recipe.ts';
import { trainError } from './helpers/errors.ts';

test('the reference recipe is the fork’s', () => {
  expect(RECIPES.reference).toEqual({
    epochs: 30,
    batchSize: 256,
    optimiser: 'adamw',
    learningRate: 1e-3,
    schedule: 'constant',
    warmup: 0,
    weightDecay: 1e-5,
    dropout: 0.1,
    standardiseTarget: false,
    unclipped: false,
  });
});

test('the recipe that ships standardises its target and takes it unclipped', () => {
  expect(RECIPES.standard).toMatchObject({ standardiseTarget: true, unclipped: true });
});

describe('resolveRecipe', () => {
  test('records only what differs', () => {
    const { recipe, choice } = resolveRecipe('reference', { epochs: 3, learningRate: 1e-3, weightDecay: 0 });
    expect(recipe).toEqual({ ...RECIPES.reference, epochs: 3, weightDecay: 0 });
    expect(choice).toEqual({ name: 'reference', overrides: { epochs: 3, weight_decay: 0 } });
  });

  test('does not change the named recipe', () => {
    const before = structuredClone(RECIPES);
    resolveRecipe('standard', { epochs: 1, batchSize: 1, learningRate: 1, weightDecay: 1 });
    expect(RECIPES).toEqual(before);
  });

  test.each<RecipeOverrides>([
    { epochs: 0 },
    { epochs: 1.5 },
    { epochs: -1 },
    { epochs: 1e6 + 1 },
    { epochs: NaN },
    { batchSize: 0 },
    { batchSize: 2.5 },
    { batchSize: 65_537 },
    { batchSize: Infinity },
    { learningRate: 0 },
    { learningRate: -1e-3 },
    { learningRate: NaN },
    { learningRate: Infinity },
    { weightDecay: -1 },
    { weightDecay: NaN },
    { weightDecay: Infinity },
  ])('refuses %j', (overrides) => {
    expect(() => resolveRecipe('reference', overrides)).toThrow(trainError('INVALID_RECIPE'));
  });

  test('names every wrong number at once', () => {
    const resolve = (): unknown =>
      resolveRecipe('reference', { epochs: 0, batchSize: 0, learningRate: 0, weightDecay: -1 });
    expect(resolve).toThrow(/epochs.*batch size.*learning rate.*weight decay/);
  });
});

describe('recordedRecipe', () => {
  test.each(['reference', 'standard'] as const)('%s: gives back what was resolved', (name) => {
    for (const overrides of [
      {},
      { epochs: 7 },
      { epochs: 2, batchSize: 32, learningRate: 0.5, weightDecay: 0 },
    ]) {
      const { recipe, choice } = resolveRecipe(name, overrides);
      expect(recordedRecipe(choice)).toEqual(recipe);
    }
  });

  test.each(['nothing', 'toString', ''])('refuses the name %j', (name) => {
    expect(() => recordedRecipe({ name, overrides: {} })).toThrow(trainError('INVALID_RECIPE'));
  });

  test('refuses a recorded number outside its range', () => {
    expect(() => recordedRecipe({ name: 'standard', overrides: { epochs: 0 } })).toThrow(
      trainError('INVALID_RECIPE'),
    );
  });
});
