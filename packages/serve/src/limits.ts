import { ServerError } from './errors.ts';
import type { RequestLimits } from './infer-request.ts';

/** Limits of one server: a request beyond one of them is refused at once and never stored. */
export interface ServerLimits extends RequestLimits {
  /** Bytes of one request's body. */
  readonly bodyBytes: number;
  /** Bytes of all bodies that are being received or whose answers are not sent yet. */
  readonly pendingBytes: number;
  /** Bytes that the whole process is meant to stay within, by what it admits; see `runPixels`. */
  readonly memoryBytes: number;
  /** Requests that wait for each model. */
  readonly queue: number;
  /** Milliseconds from a request's last byte to its answer. */
  readonly timeoutMs: number;
  /** Milliseconds from a request's first byte to its last. */
  readonly receiveMs: number;
  readonly connections: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: ServerLimits = {
  // two float32 images of 1920×1080 are 47.5 MiB, one is 23.7
  bodyBytes: 64 * MIB,
  tensorBytes: 32 * MIB,
  // JSON takes up to ten times its length when parsed, which happens in a thread of its own
  jsonBytes: 8 * MIB,
  // half an hour of video at 30 frames a second
  batch: 65_536,
  pendingBytes: 256 * MIB,
  memoryBytes: 2048 * MIB,
  queue: 128,
  timeoutMs: 30_000,
  receiveMs: 30_000,
  connections: 1024,
};

/** ONNX Runtime keeps so much per pixel of all images of a run; measured 196 to 215 at 5.6 million pixels, any shape. */
const BYTES_PER_RUN_PIXEL = 224;

/** The process itself: code, models, threads, images between two steps. */
const OWN_BYTES = 400 * MIB;

/** Two images of 512 × 512: with less memory a server refuses nearly every pair. */
const FEWEST_PIXELS = 2 * 512 * 512;

/**
 * Pixels that LPIPS may compute on at once: what bodies and the process itself leave of the memory.
 *
 * @throws ServerError INVALID_LIMITS when that is next to nothing
 */
export function runPixels({
  memoryBytes,
  pendingBytes,
}: Pick<ServerLimits, 'memoryBytes' | 'pendingBytes'>): number {
  const pixels = Math.floor((memoryBytes - pendingBytes - OWN_BYTES) / BYTES_PER_RUN_PIXEL);
  if (pixels >= FEWEST_PIXELS) return pixels;
  const least = Math.ceil((pendingBytes + OWN_BYTES + FEWEST_PIXELS * BYTES_PER_RUN_PIXEL) / MIB);
  throw new ServerError(
    'INVALID_LIMITS',
    `${memoryBytes / MIB} MiB of memory leave no room for LPIPS, expected at least ${least} with ${pendingBytes / MIB} MiB of bodies; raise --max-memory or lower --max-pending`,
  );
}
