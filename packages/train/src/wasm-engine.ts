import * as ort from 'onnxruntime-web';
import type { Engine, Feeds } from './engine.ts';
import { compileLessWasm } from './wasm-tiering.ts';

/** onnxruntime-web in one thread: no atomics, no second reduction order, so the bits are the same everywhere. */
export function wasmEngine(): Engine {
  compileLessWasm();
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return {
    name: 'wasm',
    version: ort.env.versions.web ?? ort.env.versions.common,
    load: async (model) => {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      });
      return {
        run: async (feeds: Feeds) => {
          const tensors = Object.fromEntries(
            Object.entries(feeds).map(([name, { data, dims }]) => [
              name,
              new ort.Tensor('float32', data, [...dims]),
            ]),
          );
          const fetches = await session.run(tensors);
          return Object.fromEntries(
            Object.entries(fetches).map(([name, tensor]) => [
              name,
              { data: tensor.data as Float32Array, dims: tensor.dims },
            ]),
          );
        },
        release: () => session.release(),
      };
    },
  };
}
