import type { InferenceFormat } from './infer-response.ts';
import type { InferRequest, ModelTensors, RequestLimits } from './infer-request.ts';
import type { LpipsDetail } from '@vqforge/runtime';

/** Where a file lies within a body. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** A form with two files. */
export interface PairForm {
  /** The body as it was sent, which has come back from the thread. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly reference: Extent;
  readonly distorted: Extent;
  /** Texts of the other parts, by name. */
  readonly fields: ReadonlyMap<string, string>;
}

/** R'G'B' of two images of one size, in the order of values that a model takes. */
export interface ImageTensors {
  readonly width: number;
  readonly height: number;
  readonly ref: Uint8Array<ArrayBuffer>;
  readonly dist: Uint8Array<ArrayBuffer>;
}

/** What the thread beside the server does: everything whose time grows with a request. */
export interface RequestCalls {
  parse: {
    request: {
      readonly body: Uint8Array;
      readonly headerLength: string | undefined;
      readonly model: ModelTensors;
      readonly limits: RequestLimits;
    };
    reply: InferRequest;
  };
  readForm: {
    request: {
      readonly body: Uint8Array<ArrayBuffer>;
      readonly contentType: string | undefined;
      /** Parts that are no files. */
      readonly mostFields: number;
    };
    reply: PairForm;
  };
  measure: {
    request: PairForm & { readonly mostPixels: number };
    reply: { readonly form: PairForm; readonly pixels: number };
  };
  decode: {
    request: PairForm & { readonly inputType: 'float32' | 'uint8' };
    reply: ImageTensors;
  };
  heatMap: { request: LpipsDetail; reply: Uint8Array<ArrayBuffer> };
  format: {
    request: InferenceFormat;
    reply: { readonly body: Uint8Array<ArrayBuffer>; readonly jsonLength?: number };
  };
}
