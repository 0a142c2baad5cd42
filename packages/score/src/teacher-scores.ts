import {
  FEATURE_VALUES,
  type FeatureOptions,
  type SvrTeacher,
  TEACHER_FEATURES,
  type TeacherFeature,
} from '@vqforge/features';
import type { MeasuredClips } from './measured-clips.ts';
import { metricNames, type MetricColumns } from './metric-columns.ts';

/** A support vector regression of libvmaf whose own score is wanted, as `--model` names it. */
export interface TeacherRequest {
  readonly teacher: SvrTeacher;
  /** What its metric is called; libvmaf's default is `vmaf`. */
  readonly name: string;
  /** Id of upstream, or the path of the file. */
  readonly model: string;
  /** SHA-256 of the model file. */
  readonly sha256: string;
  /** libvmaf's `disable_clip`; default false. */
  readonly disableClip?: boolean;
  /** libvmaf's `enable_transform`; default: what the file says. */
  readonly enableTransform?: boolean;
}

/** How the features of a teacher are measured. */
export function teacherOptions({ gainLimits }: SvrTeacher, options: FeatureOptions): FeatureOptions {
  return { ...options, vifGainLimit: gainLimits.vif, admGainLimit: gainLimits.adm };
}

/** The teacher's own score of every frame and rendition. */
export function teacherScores(
  { teacher, name, model, sha256, disableClip, enableTransform }: TeacherRequest,
  { frames, renditions }: MeasuredClips,
): MetricColumns {
  const names = metricNames(name, renditions.length);
  const options = {
    ...(disableClip === undefined ? {} : { clip: !disableClip }),
    ...(enableTransform === undefined ? {} : { transform: enableTransform }),
  };
  const columns = renditions.map((measured) =>
    teacher.predictRows(
      Object.fromEntries(
        TEACHER_FEATURES.map((feature) => [
          feature,
          measured.map((frame) => FEATURE_VALUES.get(feature)?.(frame) ?? NaN),
        ]),
      ) as Record<TeacherFeature, number[]>,
      options,
    ),
  );
  return {
    frames,
    columns: new Map(names.map((metric, at) => [metric, columns[at] as Float64Array])),
    teacher: { name, model, sha256, metrics: names, gain_limits: teacher.gainLimits },
  };
}

/** PSNR of every frame and rendition, in decibels: a column per plane. */
export function psnrScores({ frames, renditions }: MeasuredClips): MetricColumns {
  const columns = new Map<string, number[]>();
  for (const plane of ['psnr_y', 'psnr_cb', 'psnr_cr']) {
    const names = metricNames(plane, renditions.length);
    for (const [at, measured] of renditions.entries()) {
      const values = measured.map((frame) => FEATURE_VALUES.get(plane)?.(frame));
      // 4:0:0 has no chroma
      if (values.every((value) => value !== undefined)) columns.set(names[at] as string, values);
    }
  }
  return { frames, columns };
}
