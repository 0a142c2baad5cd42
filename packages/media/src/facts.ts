export { VideoError, type VideoErrorCode } from './errors.ts';
export { framesPerSecond, planeSizes } from './frame.ts';
export type { RawFormat } from './raw-format.ts';
export type { ClipInfo } from './tensor-calls.ts';
