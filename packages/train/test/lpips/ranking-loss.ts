import { RANKING_UNITS, type Ranking } from '../../src/lpips/ranking-network.ts';

/** A step's inputs. */
export interface Batch {
  readonly channels: number;
  /** [rows, 2, channels] */
  readonly x: Float32Array;
  readonly judgements: Float32Array;
}

/** Upstream's loss in float64, written from its definition and independently of src. */
export function rankingLoss(
  parameters: Float64Array,
  { channels, x, judgements }: Batch,
  ranking: Ranking,
): number {
  let offset = 0;
  const take = (size: number): Float64Array => parameters.subarray(offset, (offset += size));
  const heads = take(channels);
  const n = RANKING_UNITS;
  const layers =
    ranking === 'logistic'
      ? []
      : ([5, n, n] as const).map((inputs, at) => {
          const outputs = [n, n, 1][at] as number;
          return { weights: take(inputs * outputs), bias: take(outputs), outputs };
        });
  let loss = 0;
  judgements.forEach((judgement, row) => {
    const [d0, d1] = [0, 1].map((image) => {
      const from = (2 * row + image) * channels;
      return heads.reduce((sum, weight, c) => sum + weight * (x[from + c] as number), 0);
    }) as [number, number];
    const logit = ranking === 'logistic' ? d0 - d1 : networkLogit(d0, d1, layers);
    const preference = 1 / (1 + Math.exp(-logit));
    loss -= judgement * Math.log(preference) + (1 - judgement) * Math.log(1 - preference);
  });
  return loss / judgements.length;
}

interface Layer {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly outputs: number;
}

function networkLogit(d0: number, d1: number, layers: readonly Layer[]): number {
  let values = [d0, d1, d0 - d1, d0 / (d1 + 0.1), d1 / (d0 + 0.1)];
  layers.forEach(({ weights, bias, outputs }, depth) => {
    const sums = Array.from({ length: outputs }, (_, unit) =>
      values.reduce(
        (sum, value, input) => sum + value * (weights[input * outputs + unit] as number),
        bias[unit] as number,
      ),
    );
    values = depth === layers.length - 1 ? sums : sums.map((sum) => (sum > 0 ? sum : 0.2 * sum));
  });
  return values[0] as number;
}
