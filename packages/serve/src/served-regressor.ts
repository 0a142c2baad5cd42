import type { FrRegressor } from '@vqforge/runtime';
import { firstNonFinite } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import { input, type ServedModel } from './model-interface.ts';

/** Requests that run at once. They share runs of the model (batched-model.ts), so many cost little more than one. */
const CONCURRENCY = 256;

/**
 * The regressor behind the protocol: `features` as libvmaf gives them, standardised here → `score` within the sidecar's
 * range, and `raw_score` as the model answered. The response's parameters count the rows that were clipped, and those
 * outside what training saw.
 */
export function servedRegressor(regressor: FrRegressor): ServedModel {
  const { model, featureOrder } = regressor;
  return {
    name: model.id ?? model.digest,
    version: model.digest,
    provider: model.provider,
    inputs: [
      {
        name: 'features',
        datatype: 'FP32',
        alsoTakes: ['FP64'],
        shape: [-1, featureOrder.length],
        parameters: { feature_order: featureOrder.join(), standardised_by: 'server' },
      },
    ],
    outputs: ['score', 'raw_score'].map((name) => ({ name, datatype: 'FP32', shape: [-1] })),
    concurrency: CONCURRENCY,
    check: (inputs) => {
      const { data } = input(inputs, 'features');
      const index = firstNonFinite(data);
      if (index < 0) return;
      const name = featureOrder[index % featureOrder.length] as string;
      const row = Math.floor(index / featureOrder.length);
      throw new ServerError('NOT_FINITE', `${name} of row ${row} is ${String(data[index])}; drop the row`);
    },
    infer: async (inputs) => {
      const { data } = input(inputs, 'features');
      const { scores, raw, clipped, outOfRange } = await regressor.score(data as Float32Array | Float64Array);
      const dims = [scores.length];
      return {
        outputs: {
          score: { type: 'float32', dims, data: scores },
          raw_score: { type: 'float32', dims, data: raw },
        },
        parameters: { clipped, out_of_range: outOfRange },
      };
    },
    close: () => model.close(),
  };
}
