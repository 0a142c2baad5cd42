import { CodedError } from '@vqforge/base';

export type OrtErrorCode =
  /** ONNX Runtime's binding does not load, for example without a library for this platform. */
  'ENGINE_UNAVAILABLE';

export class OrtError extends CodedError<OrtErrorCode> {}
