import type { DistanceSidecar, RegressorSidecar, Sidecar } from './sidecar.ts';

/**
 * The families of models, as scores and servers name them. What differs between families is a table keyed by this union,
 * so that a new family does not compile until every table has it.
 */
export const MODEL_FAMILIES = ['fr-regressor', 'lpips'] as const;

/** A member of `MODEL_FAMILIES`. */
export type ModelFamily = (typeof MODEL_FAMILIES)[number];

/** The sidecar of each family. */
interface SidecarOfFamily {
  readonly 'fr-regressor': RegressorSidecar;
  readonly lpips: DistanceSidecar;
}

/** Facts that hold for every model of a family. */
export interface FamilyFacts {
  /** `task` of the family's sidecars. */
  readonly task: Sidecar['task'];
  /** The family in a message. */
  readonly title: string;
  /** Graph inputs in their order, each with its dimensions: a letter is symbolic, `F` the number of features. */
  readonly inputs: readonly { readonly name: string; readonly dims: readonly (string | number)[] }[];
}

/** Facts of each family, one place for all packages. */
export const FAMILY_FACTS: Readonly<Record<ModelFamily, FamilyFacts>> = {
  'fr-regressor': {
    task: 'feature_regression',
    title: 'a regressor',
    inputs: [{ name: 'features', dims: ['N', 'F'] }],
  },
  lpips: {
    task: 'perceptual_distance',
    title: 'an LPIPS model',
    inputs: [
      { name: 'ref', dims: ['M', 3, 'H', 'W'] },
      { name: 'dist', dims: ['N', 3, 'H', 'W'] },
    ],
  },
};

/** The family whose sidecars have that task. @example familyOfTask('perceptual_distance') // => 'lpips' */
export function familyOfTask(task: Sidecar['task']): ModelFamily {
  return MODEL_FAMILIES.find((family) => FAMILY_FACTS[family].task === task) as ModelFamily;
}

/** Whether a sidecar, where there is one, describes a model of the family. */
export function isOfFamily<F extends ModelFamily>(
  family: F,
  sidecar: Sidecar | null | undefined,
): sidecar is SidecarOfFamily[F] {
  return sidecar?.task === FAMILY_FACTS[family].task;
}

/** Calls the function of a sidecar's family, out of a table with one per family, and returns its answer. */
export function byFamily<T>(
  sidecar: Sidecar,
  table: { readonly [F in ModelFamily]: (sidecar: SidecarOfFamily[F]) => T },
): T {
  const answer = table[familyOfTask(sidecar.task)] as (sidecar: Sidecar) => T;
  return answer(sidecar);
}
