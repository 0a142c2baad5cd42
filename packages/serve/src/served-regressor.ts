import { type FrRegressor, firstNonFinite, type Tensor, type Tensors } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import { input, type RowsModel, type ServedModel } from './model-interface.ts';

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
  const check = (inputs: Tensors): Float32Array | Float64Array => {
    const data = input(inputs, 'features').data as Float32Array | Float64Array;
    const index = firstNonFinite(data);
    if (index < 0) return data;
    const name = featureOrder[index % featureOrder.length] as string;
    const row = Math.floor(index / featureOrder.length);
    throw new ServerError('NOT_FINITE', `${name} of row ${row} is ${String(data[index])}; drop the row`);
  };
  const rows: RowsModel = {
    standardise: (inputs) => regressor.standardise(check(inputs)),
    run: (groups) => regressor.run(groups),
    runAtOnce: (groups) => regressor.runAtOnce(groups),
    inferenceOf: (standardised, answered) => {
      const { scores, raw, clipped, trust, outOfRange, beyondProbes } = regressor.scoresOf(
        standardised,
        answered,
      );
      const dims = [scores.length];
      const score: Tensor = { type: 'float32', dims, data: scores };
      const lies: Tensor = { type: 'uint8', dims, data: trust };
      const counts = { out_of_range: outOfRange, beyond_probes: beyondProbes };
      // written out: putting objects together takes longer than the model
      return isClippedByGraph
        ? { outputs: { score, trust: lies }, parameters: counts }
        : {
            outputs: { score, raw_score: { type: 'float32', dims, data: raw }, trust: lies },
            parameters: { clipped, ...counts },
          };
    },
  };
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
    rows,
    // large requests, in the thread that serves: one after another
    concurrency: 1,
    check,
    infer: async (inputs) => {
      // checked before it waited
      const standardised = regressor.standardise(
        input(inputs, 'features').data as Float32Array | Float64Array,
      );
      const [raw] = await rows.run([standardised]);
      return rows.inferenceOf(standardised, raw as Float32Array);
    },
    close: () => model.close(),
  };
}
