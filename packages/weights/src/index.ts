export { PullError, type PullErrorCode } from './errors.ts';
export { pullWeights, type PulledFile, type PullOptions } from './weights-pull.ts';
export {
  isPinned,
  upstreamFile,
  upstreamUrl,
  weightSource,
  type PinnedFile,
  type UpstreamFile,
} from './weights-upstream.ts';
export { download, type DownloadLimits } from './download-node.ts';
export {
  fileDigest,
  findCached,
  MAX_WEIGHTS_BYTES,
  selectWeights,
  findTensors,
} from './weights-cache-files.ts';
export { readTeacherFile, type TeacherFile } from './teacher-files.ts';
export { TEACHER_IDS } from './teacher-upstream.ts';
