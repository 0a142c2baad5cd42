import type { MotionVersion } from '@vqforge/features';
import type { FrRegressor } from '@vqforge/runtime';
import { measureClips } from './clip-features.ts';
import type { ClipRequest } from './clip-request.ts';
import { type MeasuredClips, rowsOfClips } from './measured-clips.ts';
import type { MetricColumns } from './metric-columns.ts';
import type { FeatureRows } from './regressor-features.ts';
import { psnrScores, teacherOptions, type TeacherRequest, teacherScores } from './teacher-scores.ts';

interface MeasurementRequest extends ClipRequest {
  readonly teachers?: readonly TeacherRequest[];
  readonly psnr?: boolean;
  readonly motion?: MotionVersion;
  readonly featureThreads?: number;
  readonly onProgress?: (done: number, total: number | null) => void;
}

/** Measured clips with the rows of a regressor, and with scores that need no model of ours. */
export interface Measurement {
  readonly clips: MeasuredClips;
  readonly rows?: readonly FeatureRows[];
  /** Scores of each teacher, then PSNR. */
  readonly parts: readonly MetricColumns[];
}

/**
 * Measures clips for a regressor, for teachers and for PSNR: once for each pair of gain limits.
 *
 * @param regressor whose rows are wanted
 * @throws ScoreError | FeaturesError | VideoError of `measureClips`; ScoreError MISSING_FEATURES of `rowsOfClips`
 */
export async function measurement(
  request: MeasurementRequest,
  regressor: FrRegressor | undefined,
): Promise<Measurement> {
  const { teachers = [], psnr = false, motion, featureThreads = 1 } = request;
  const measured = new Map<string, Promise<MeasuredClips>>();
  const measure = ({ vifGainLimit = 100, admGainLimit = 100 } = {}): Promise<MeasuredClips> => {
    const key = `${vifGainLimit} ${admGainLimit}`;
    const measuring =
      measured.get(key) ??
      measureClips({
        ...request,
        options: { vifGainLimit, admGainLimit, ...(motion === undefined ? {} : { motion }) },
        // once is enough
        psnr: psnr && measured.size === 0,
        threads: featureThreads,
      });
    measured.set(key, measuring);
    return measuring;
  };
  let clips = regressor !== undefined || psnr ? await measure() : undefined;
  const parts: MetricColumns[] = [];
  for (const teacher of teachers) {
    const found = await measure(teacherOptions(teacher.teacher, {}));
    clips ??= found;
    parts.push(teacherScores(teacher, found));
  }
  clips ??= await measure();
  if (psnr) parts.push(psnrScores(clips));
  return { clips, parts, ...(regressor && { rows: rowsOfClips(clips, regressor.featureOrder) }) };
}
