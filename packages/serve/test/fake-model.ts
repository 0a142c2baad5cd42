import type { ServedModel } from '../src/model-interface.ts';
import type { Tensors } from '@vqforge/runtime';
import type { RequestThread } from '../src/request-thread.ts';
import { REQUEST_HANDLERS } from '../src/request-handlers.ts';

/** A model whose answers a test gives: every call waits until it is released. */
export interface FakeModel extends ServedModel {
  /** Inputs of the calls that wait, in the order in which they started. */
  readonly calls: Tensors[];
  release(): void;
}

/** `pixels` [-1, 2] UINT8 and `features` [-1, 3] FP32 or FP64 → `sum` of each row of features. */
export function fakeModel({ concurrency = 1, isHeld = false } = {}): FakeModel {
  const calls: Tensors[] = [];
  const held: (() => void)[] = [];
  return {
    name: 'fake_v1',
    version: 'a'.repeat(64),
    provider: 'none',
    inputs: [
      { name: 'pixels', datatype: 'UINT8', shape: [-1, 2] },
      { name: 'features', datatype: 'FP32', alsoTakes: ['FP64'], shape: [-1, 3] },
    ],
    outputs: [
      { name: 'sum', datatype: 'FP32', shape: [-1] },
      { name: 'twice', datatype: 'FP32', shape: [-1] },
    ],
    concurrency,
    calls,
    release: () => held.shift()?.(),
    check: () => undefined,
    infer: async (inputs) => {
      calls.push(inputs);
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      const features = inputs['features']?.data as Float32Array;
      const rows = features.length / 3;
      const sum = Float32Array.from({ length: rows }, (_, row) =>
        features.slice(3 * row, 3 * row + 3).reduce((total, value) => total + value, 0),
      );
      return {
        outputs: {
          sum: { type: 'float32', dims: [rows], data: sum },
          twice: { type: 'float32', dims: [rows], data: sum.map((value) => 2 * value) },
        },
      };
    },
    close: async () => undefined,
  };
}

/** A request that `fakeModel` takes, with changes to its parts. */
export function fakeRequest({ pixels = {}, features = {}, ...rest }: Record<string, object> = {}): object {
  return {
    inputs: [
      { name: 'pixels', datatype: 'UINT8', shape: [1, 2], data: [0, 255], ...pixels },
      { name: 'features', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3.5], ...features },
    ],
    ...rest,
  };
}

/** A body of the binary tensor extension: JSON, then bytes. */
export function binaryBody(
  json: object,
  ...tensors: readonly Uint8Array[]
): { body: Buffer; length: string } {
  const head = Buffer.from(JSON.stringify(json));
  return { body: Buffer.concat([head, ...tensors]), length: `${head.length}` };
}

/** Does in this thread what a server's other thread does, on copies as that one gets them. */
export const INLINE_THREAD = {
  run: async (
    name: keyof typeof REQUEST_HANDLERS,
    request: never,
    { transfer = [] }: { transfer?: ArrayBuffer[] } = {},
  ): Promise<unknown> => {
    const signal = new AbortController().signal;
    const context = { give: () => undefined, progress: () => undefined, signal };
    return REQUEST_HANDLERS[name](structuredClone(request, { transfer }), context);
  },
} as unknown as Pick<RequestThread, 'run'>;
