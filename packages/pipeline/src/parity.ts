import type { EngineName, Parity, Standardisation } from '@vqforge/artifact';
import { maxAbsError, REGRESSOR_PARITY_TOLERANCE } from '@vqforge/export';
import { OrtError } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { predict, standardise, type Recipe } from '@vqforge/train';
import { PipelineError } from './errors.ts';
import { outputRange, type TeacherRange } from './teacher-range.ts';

/** The range that the exported graph of a run clips its scores to, for `regressorModel` and its parity: the output range of its sidecar. */
export function graphClip(request: { readonly recipe: Recipe; readonly teacherRange?: TeacherRange }): {
  readonly clip?: { readonly min: number; readonly max: number };
} {
  return request.recipe.unclipped ? { clip: outputRange(request) } : {};
}

interface ParityInputs {
  /** The exported file. */
  readonly model: Uint8Array;
  /** What it is fed: every row of the table, standardised. */
  readonly features: readonly Float64Array[];
  readonly standardisation: Standardisation;
  /** What the training graph answered, on the scale of its targets, and what takes that to VMAF points. */
  readonly trained: Float32Array;
  readonly targetStandardisation: { readonly mean: number; readonly scale: number };
  /** Bounds that the exported graph clips to; default: it does not. */
  readonly clip?: { readonly min: number; readonly max: number };
  /** The exported file's scores on an engine that has run it already. */
  readonly known?: { readonly engine: EngineName; readonly scores: Float32Array };
}

/**
 * Parity of an exported regressor over the whole table, on both engines where both are installed: its scores
 * against what the training graph answers with the trained parameters, taken to VMAF points in float64 and clipped where the graph clips.
 *
 * @throws PipelineError PARITY_FAILED when either differs by more than the tolerance
 */
export async function regressorParity({
  model,
  features,
  standardisation,
  trained,
  targetStandardisation,
  clip = { min: -Infinity, max: Infinity },
  known,
}: ParityInputs): Promise<{ wasm: Parity; native: Parity<'native'> | null }> {
  const { mean, scale } = targetStandardisation;
  const expected = Float64Array.from(trained, (prediction) =>
    Math.min(Math.max(prediction * scale + mean, clip.min), clip.max),
  );
  const scores = async (engine: EngineName): Promise<Float32Array> =>
    known?.engine === engine
      ? known.scores
      : predict(
          await openEngine(engine),
          model,
          (rows) => standardise(features, rows, standardisation),
          Uint32Array.from(expected.keys()),
        );
  const native = await scores('native').catch(whereNotInstalled);
  return {
    wasm: checked('wasm', await scores('wasm'), expected),
    native: native === null ? null : checked('native', native, expected),
  };
}

/** The native engine is optional; a machine without it has no parity to tell of. */
function whereNotInstalled(error: unknown): null {
  if (error instanceof OrtError && error.code === 'ENGINE_UNAVAILABLE') return null;
  throw error;
}

function checked<Name extends EngineName>(
  engine: Name,
  scores: Float32Array,
  expected: Float64Array,
): Parity<Name> {
  const error = maxAbsError(scores, expected);
  if (!(error <= REGRESSOR_PARITY_TOLERANCE))
    throw new PipelineError(
      'PARITY_FAILED',
      `the exported model differs from training by ${error} VMAF points on ${engine}, at most ${REGRESSOR_PARITY_TOLERANCE} is allowed; nothing was written`,
    );
  return {
    engine,
    max_abs_error: error,
    tolerance: REGRESSOR_PARITY_TOLERANCE,
    unit: 'rows',
    n: expected.length,
  };
}
