import { CodedError } from '@vqforge/base';

export type VideoErrorCode =
  /** A file, pipe or stream that cannot be opened or read. */
  | 'UNREADABLE'
  /** Bytes that are not what their first bytes promise: a bad Y4M header or frame marker, a damaged image. */
  | 'MALFORMED'
  /** A valid file of a kind this package does not read: interlaced, 4:1:1, 14 bits, CMYK. */
  | 'UNSUPPORTED'
  /** Neither Y4M nor described as raw planar YUV, and no way to decode it. */
  | 'UNKNOWN_FORMAT'
  /** An option that is out of range or contradicts another one or the file. */
  | 'INVALID_OPTION'
  /** A frame or an image beyond the limit of pixels. */
  | 'TOO_LARGE'
  /** A file with a header and no frame, or none left after those that were skipped. */
  | 'NO_FRAMES'
  /** Input that ends inside a frame. */
  | 'TRUNCATED'
  /** ffmpeg is needed and not on PATH. */
  | 'FFMPEG_MISSING'
  /** ffmpeg stopped with an error. */
  | 'DECODE_FAILED'
  /** Frames of another size than those before them. */
  | 'SIZE_CHANGED'
  /** Clips that cannot be compared frame by frame: other size, chroma format or frame rate. */
  | 'MISMATCH'
  /** One clip ends before another. */
  | 'UNEQUAL_LENGTH'
  /** The caller's signal ended the reading. */
  | 'INTERRUPTED'
  /** The thread that reads ahead stopped. */
  | 'WORKER_FAILED';

/** `goodFrames`: how many frames (of a comparison: sets of frames) were whole before this; null before the first read. */
export class VideoError extends CodedError<VideoErrorCode> {
  readonly goodFrames: number | null;

  constructor(
    code: VideoErrorCode,
    message: string,
    { goodFrames = null, cause }: { goodFrames?: number | null; cause?: unknown } = {},
  ) {
    super(code, message, cause === undefined ? undefined : { cause });
    this.goodFrames = goodFrames;
  }
}
