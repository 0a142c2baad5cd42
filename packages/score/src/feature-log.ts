import { FEATURE_VALUES, libvmafName, type FeatureOptions } from '@vqforge/features';
import { measureClips, type MeasureRequest } from './clip-features.ts';
import type { MeasuredClips } from './measured-clips.ts';
import { ScoreError } from './errors.ts';
import type { MetricColumns } from './metric-columns.ts';
import type { ScoreResult } from './score.ts';
import { featureDocument } from './score-outcome.ts';
import { teacherOptions, type TeacherRequest, teacherScores } from './teacher-scores.ts';

/** Which clips to measure, and how. */
export interface ExtractRequest extends Omit<MeasureRequest, 'options'> {
  /** Options of the features; a teacher brings its own gain limits. Default: those of `vmaf_v0.6.1`. */
  readonly options?: FeatureOptions;
  /** A teacher whose scores are added. */
  readonly teacher?: TeacherRequest;
  /** What the document says it was written by. */
  readonly version: string;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Measured clips, with the options that they were measured with. */
export interface Extracted {
  readonly clips: MeasuredClips;
  readonly options: FeatureOptions;
}

/** Measures the features of clips. @throws as `measureClips` */
export async function extractClips({
  options = {},
  teacher,
  ...request
}: ExtractRequest): Promise<Extracted> {
  const complete = teacher === undefined ? options : teacherOptions(teacher.teacher, options);
  const clips = await measureClips({ ...request, options: complete });
  return { clips, options: complete };
}

/**
 * The features of one rendition as libvmaf's log has them, under libvmaf's names and in full precision: numbers parse back to
 * the same doubles. `scoreText` writes it as JSON, CSV or XML.
 *
 * @throws ScoreError BAD_INPUT for several renditions, which are no log; those of `measureClips`
 * @example
 * const { document } = await extractLog({
 *   reference: 'ref.y4m', distorted: ['dist.y4m'], selection: { skipReference: 0, skipDistorted: 0, subsample: 1 },
 *   psnr: false, threads: 1, version: VERSION, now: () => performance.now(),
 * });
 * Object.keys(document.pooled_metrics)[0]; // => 'integer_adm2'
 */
export async function extractLog(request: ExtractRequest): Promise<ScoreResult> {
  if (request.distorted.length !== 1)
    throw new ScoreError(
      'BAD_INPUT',
      `a log is of one distorted clip, got ${request.distorted.length}; write a table, or a log for each`,
    );
  const start = request.now();
  const { clips, options } = await extractClips(request);
  const { failure } = clips;
  const parts = [featureColumns(clips, options)];
  if (request.teacher !== undefined) parts.push(teacherScores(request.teacher, clips));
  const document = featureDocument(
    { version: request.version, motion: options.motion ?? 'v3.2' },
    { parts, clips, warnings: [], failure, seconds: (request.now() - start) / 1000 },
  );
  return { document, failure };
}

/** Every feature that was measured of one rendition, a column each, under libvmaf's names. */
function featureColumns(
  { frames, renditions }: MeasuredClips,
  { vifGainLimit = 100, admGainLimit = 100 }: FeatureOptions,
): MetricColumns {
  const columns = new Map<string, number[]>();
  for (const [name, read] of FEATURE_VALUES) {
    const values = (renditions[0] ?? []).map(read).filter((value) => value !== undefined);
    if (values.length === frames.length)
      columns.set(libvmafName(name, { vif: vifGainLimit, adm: admGainLimit }), values);
  }
  return { frames, columns };
}
