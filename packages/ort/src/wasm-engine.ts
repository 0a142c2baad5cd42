import * as ort from 'onnxruntime-web/wasm';
import type { Engine } from './engine.ts';
import { wrapSession } from './wrap-session.ts';

/** How a page runs the wasm engine; Node needs none of it. */
export interface WasmOptions {
  /** Threads of one operator, which an isolated page can have; default: one. */
  readonly threads?: number;
  /** Addresses of ONNX Runtime's two files; default: where its package has them. */
  readonly files?: { readonly mjs: string; readonly wasm: string };
}

/**
 * onnxruntime-web in one thread: no atomics, no second order of summation, so the bits are the same everywhere, in Node and
 * in a page, which load the same file, the build without WebGPU. One instance of it serves a thread. A page may give it more
 * threads, which share the rows of a matrix and sum up none of them differently.
 *
 * @example
 * const session = await wasmEngine().load(onnx);
 * const { score } = await session.run({ features: float32Tensor(Float32Array.of(0.5), [1, 1]) });
 */
export function wasmEngine({ threads = 1, files }: WasmOptions = {}): Engine {
  ort.env.wasm.numThreads = threads;
  if (files !== undefined) ort.env.wasm.wasmPaths = files;
  ort.env.logLevel = 'error';
  return {
    name: 'wasm',
    version: ort.env.versions.web ?? ort.env.versions.common,
    providers: ['wasm'],
    load: async (onnx) => {
      const session = await ort.InferenceSession.create(onnx, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      });
      return wrapSession(session, ort.Tensor);
    },
    close: () => Promise.resolve(),
  };
}
