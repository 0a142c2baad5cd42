import type { WeightsErrorCode } from '../../../src/weights/errors.ts';

/** A crafted file and how it must be refused. */
export interface Attack {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly code: WeightsErrorCode;
  /** what the message must contain */
  readonly says?: string;
}
