import { CodedError } from '@vqforge/base';

export type RuntimeErrorCode =
  | 'INVALID_OPTION'
  | 'ENGINE_UNAVAILABLE'
  | 'DEVICE_UNAVAILABLE'
  | 'MISSING_MODEL'
  | 'NO_LPIPS_MODEL'
  | 'UNREGISTERED_MODEL'
  | 'FORBIDDEN_MODEL'
  | 'INVALID_MODEL'
  | 'TOO_LARGE'
  | 'WRONG_KIND'
  | 'INVALID_TENSOR'
  | 'TOO_SMALL'
  | 'NOT_FINITE'
  | 'RUN_FAILED'
  | 'CLOSED';

export class RuntimeError extends CodedError<RuntimeErrorCode> {}

/** The words of ONNX Runtime about a failure, on one line. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n', 1)[0] as string;
}
