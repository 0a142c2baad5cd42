import { WeightsError, type WeightsErrorCode } from '../../../src/weights/errors.ts';

/** The code and message with which `action` is refused; anything but a WeightsError is thrown on. */
export function refusal(action: () => unknown): { code: WeightsErrorCode; message: string } {
  try {
    action();
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
    return { code: error.code, message: error.message };
  }
  throw new Error('expected a WeightsError, but nothing was thrown');
}
