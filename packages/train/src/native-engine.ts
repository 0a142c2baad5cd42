import * as ort from 'onnxruntime-node';
import type { Engine, Feeds } from './engine.ts';

/** onnxruntime-node on the CPU with one thread per session; parallelism comes from worker threads. */
export function nativeEngine(): Engine {
  // without this, onnxruntime 1.30 writes a device id to the home directory at the first session
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  return {
    name: 'native',
    version: ort.env.versions.node ?? ort.env.versions.common,
    load: async (model) => {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
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
