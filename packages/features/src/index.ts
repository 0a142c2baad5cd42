export type { AdditiveScore, AdmScale, AdmScore } from './adm-score.ts';
export { FeaturesError, type FeaturesErrorCode } from './errors.ts';
export { FeatureExtractor, type PairFeatures } from './feature-extractor.ts';
export { NEG_OPTIONS, type FeatureOptions, type MotionVersion } from './feature-options.ts';
export { kernelsDigest } from './kernels.ts';
export { SMALLEST_SIDE, type LumaFormat, type LumaPlane } from './luma-plane.ts';
export { motionScores, MotionSequence, type MotionScore } from './motion-sequence.ts';
export type { VifScale, VifScore } from './vif-score.ts';
// the teacher: libvmaf's support vector regression over the six features
export { TEACHER_FEATURES, type TeacherFeature } from './teacher/model-document.ts';
export { drawProbes, type ProbePart, type Probes } from './teacher/probes.ts';
export { SvrTeacher, type PredictOptions } from './teacher/svr-teacher.ts';
// measured frames, by the names of tables and logs
export { FEATURE_VALUES, libvmafName, type MeasuredPair } from './feature-values.ts';
export type { PairMeasurement, PlanePsnr } from './feature-calls.ts';
// runs of frames, measured in any thread, and put together
export { FrameMeter, type MomentPlanes } from './frame-meter.ts';
export { FeatureSequence, type FrameFeatures } from './feature-sequence.ts';
export type { MeasuredFrame } from './feature-calls.ts';
export { commonFormat } from './common-format.ts';
