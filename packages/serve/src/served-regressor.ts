import type { FrRegressor } from '@vqforge/runtime';
import { firstNonFinite } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import { input, type ServedModel } from './model-interface.ts';

/** Requests that run at once. They share runs of the model (batched-model.ts), so many cost little more than one. */
const CONCURRENCY = 256;

/**
 * The regressor behind the protocol: `features` as libvmaf gives them, standardised here → `score` within the sidecar's
 * range, and `trust` (0: like the rows of its table, 1: like the teacher probes, 2: beyond both). A model whose graph does not
 * clip also has `raw_score`, as it answered, and counts the rows that were clipped. The response's parameters count the rows
 * outside what training saw.
 */
export function servedRegressor(regressor: FrRegressor): ServedModel {
  const { model, featureOrder, isClippedByGraph } = regressor;
  const tensors: readonly (readonly [name: string, datatype: 'FP32' | 'UINT8'])[] = [
    ['score', 'FP32'],
    ...(isClippedByGraph ? [] : [['raw_score', 'FP32'] as const]),
    ['trust', 'UINT8'],
  ];
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
    outputs: tensors.map(([name, datatype]) => ({ name, datatype, shape: [-1] })),
    regressor,
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
      const scored = await regressor.score(data as Float32Array | Float64Array);
      const { scores, raw, clipped, trust, outOfRange, beyondProbes } = scored;
      const dims = [scores.length];
      return {
        outputs: {
          score: { type: 'float32', dims, data: scores },
          ...(isClippedByGraph ? {} : { raw_score: { type: 'float32', dims, data: raw } as const }),
          trust: { type: 'uint8', dims, data: trust },
        },
        parameters: {
          ...(isClippedByGraph ? {} : { clipped }),
          out_of_range: outOfRange,
          beyond_probes: beyondProbes,
        },
      };
    },
    close: () => model.close(),
  };
}
