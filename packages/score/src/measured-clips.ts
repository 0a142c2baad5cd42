import type { CodedError } from '@vqforge/base';
import { FEATURE_VALUES, type MeasuredPair } from '@vqforge/features';
import { ScoreError } from './errors.ts';
import type { FrameKey } from './metric-columns.ts';
import type { FeatureRows } from './regressor-features.ts';
import type { ClipFacts } from './score-document.ts';

/** Clips whose features are measured. */
export interface MeasuredClips {
  readonly reference: ClipFacts;
  readonly distorted: readonly ClipFacts[];
  readonly frames: readonly FrameKey[];
  /** Features of each rendition, frame by frame. */
  readonly renditions: readonly (readonly MeasuredPair[])[];
  /** Why the features end before the clips do. */
  readonly failure?: CodedError | undefined;
}

/**
 * Measured features as the rows that a regressor takes, one table per rendition.
 *
 * @throws ScoreError MISSING_FEATURES naming the features that are not measured here
 */
export function rowsOfClips(
  { distorted, frames, renditions }: MeasuredClips,
  featureOrder: readonly string[],
): FeatureRows[] {
  const unknown = featureOrder.filter((name) => !FEATURE_VALUES.has(name));
  if (unknown.length > 0)
    throw new ScoreError(
      'MISSING_FEATURES',
      `the regressor takes ${unknown.join(', ')}, which vqforge does not measure; give --features-from with a log or table`,
    );
  const width = featureOrder.length;
  return renditions.map((measured, at) => {
    const values = new Float64Array(measured.length * width);
    for (const [row, frame] of measured.entries())
      for (const [column, name] of featureOrder.entries())
        values[row * width + column] = FEATURE_VALUES.get(name)?.(frame) ?? NaN;
    return { path: distorted[at]?.path ?? '', values, frames };
  });
}
