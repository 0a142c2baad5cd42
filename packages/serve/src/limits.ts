import type { RequestLimits } from './infer-request.ts';

/** What one server gives to all who ask; whatever is beyond is refused at once, never stored. */
export interface ServerLimits extends RequestLimits {
  /** Bytes of one request's body. */
  readonly bodyBytes: number;
  /** Bytes of all bodies that are being received or whose answers are not sent yet. */
  readonly pendingBytes: number;
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
  // JSON takes up to ten times its length when parsed, and the parser stops everything else: 0.1 s for this much
  jsonBytes: 8 * MIB,
  // half an hour of video at 30 frames a second
  batch: 65_536,
  pendingBytes: 256 * MIB,
  queue: 128,
  timeoutMs: 30_000,
  receiveMs: 30_000,
  connections: 1024,
};
