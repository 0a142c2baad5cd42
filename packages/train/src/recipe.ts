import type { RecipeChoice } from '@vqforge/artifact';
import { TrainError } from './errors.ts';
import { integerProblem, rateProblem, refuseProblems } from './number-ranges.ts';
import type { OptimiserName } from './optimiser.ts';

/** How a regressor is trained; the architecture is not a choice. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimiser: OptimiserName;
  /** Peak of the schedule. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'smoothstep';
  /** Share of all steps over which the learning rate rises to its peak. */
  readonly warmup: number;
  /** Decoupled, on all parameters. */
  readonly weightDecay: number;
  /** Probability that a hidden unit is dropped in a step. */
  readonly dropout: number;
  /** Whether targets are standardised on the training rows (and folded back into the last layer). */
  readonly standardiseTarget: boolean;
  /** Whether the target is the teacher's score before it was clipped, where the table has it; the exported graph clips then. */
  readonly unclipped: boolean;
}

export type RecipeName = 'reference' | 'standard';

export const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  /** `reference`: lusoris/vmaf's recipe, exactly: raw 0–100 targets, constant learning rate, dropout. */
  reference: {
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
  },
  /** The recipe of what ships; docs/recipes.md says what was tried. */
  standard: {
    epochs: 22,
    batchSize: 128,
    optimiser: 'soap',
    learningRate: 1e-2,
    schedule: 'smoothstep',
    warmup: 0.05,
    weightDecay: 3e-2,
    dropout: 0,
    standardiseTarget: true,
    unclipped: true,
  },
};

/** A flag given over a recipe, under its recorded name. */
export type RecipeOverrides = Partial<Pick<Recipe, 'epochs' | 'batchSize' | 'learningRate' | 'weightDecay'>>;

/** How overrides are spelled in documents: as the flags of lusoris/vmaf's trainer. */
const OVERRIDE_KEYS: Readonly<Record<keyof RecipeOverrides, string>> = {
  epochs: 'epochs',
  batchSize: 'batch_size',
  learningRate: 'lr',
  weightDecay: 'weight_decay',
};

/**
 * The recipe that runs, and how it is recorded: only overrides that differ from the named recipe.
 * @throws TrainError INVALID_RECIPE on a number outside its range
 * @example resolveRecipe('standard', { epochs: 1 }).choice; // => { name: 'standard', overrides: { epochs: 1 } }
 */
export function resolveRecipe(
  name: RecipeName,
  overrides: RecipeOverrides = {},
): { recipe: Recipe; choice: RecipeChoice } {
  const base = RECIPES[name];
  const recipe = { ...base, ...overrides };
  const { weightDecay } = recipe;
  const decayProblem = `weight decay must be from 0 to 1000, got ${weightDecay}`;
  refuseProblems('INVALID_RECIPE', [
    integerProblem('epochs', recipe.epochs, 1, 1_000_000),
    integerProblem('batch size', recipe.batchSize, 1, 65_536),
    rateProblem(recipe.learningRate),
    weightDecay >= 0 && weightDecay <= 1e3 ? undefined : decayProblem,
  ]);
  const keys = Object.keys(OVERRIDE_KEYS) as (keyof RecipeOverrides)[];
  const recorded = keys
    .filter((key) => recipe[key] !== base[key])
    .map((key) => [OVERRIDE_KEYS[key], recipe[key]] as const);
  return { recipe, choice: { name, overrides: Object.fromEntries(recorded) } };
}

/** The recipe that was recorded. @throws TrainError INVALID_RECIPE on a name that this version does not know */
export function recordedRecipe({ name, overrides }: RecipeChoice): Recipe {
  if (!Object.hasOwn(RECIPES, name))
    throw new TrainError(
      'INVALID_RECIPE',
      `unknown recipe ${name}, expected one of ${Object.keys(RECIPES).join(', ')}`,
    );
  const numbers = Object.entries(OVERRIDE_KEYS).flatMap(([key, recorded]) => {
    const value = overrides[recorded];
    return typeof value === 'number' ? [[key, value] as const] : [];
  });
  return resolveRecipe(name as RecipeName, Object.fromEntries(numbers)).recipe;
}
