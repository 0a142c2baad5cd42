export { FeaturesError, type FeaturesErrorCode } from './errors.ts';
// the teacher: libvmaf's support vector regression over the six features
export { TEACHER_FEATURES, type TeacherFeature } from './teacher/model-document.ts';
export { SvrTeacher, type PredictOptions } from './teacher/svr-teacher.ts';
