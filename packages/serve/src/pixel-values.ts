import { IMAGENET_MEAN, IMAGENET_STD } from '@vqforge/base';
import { checkNormalised, type Tensor } from '@vqforge/runtime';
import { ServerError } from './errors.ts';

/** What R'G'B' values of an input run between, where they are not normalised already. */
type InputRange = readonly [low: number, high: number];

const RANGES: readonly InputRange[] = [
  [0, 1],
  [-1, 1],
  [0, 255],
];

/** Share of a value range by which resampling filters may overshoot it. */
const ROOM = 0.01;

/**
 * The parameter `input_range` of an input or a request: [0,1], [-1,1] or [0,255], as an array or as the text of one.
 *
 * @throws ServerError INVALID_REQUEST
 */
export function inputRange(value: unknown, owner: string): InputRange | undefined {
  if (value === undefined || value === null) return undefined;
  const text = Array.isArray(value) && value.length === 2 ? value.join() : value;
  const range = RANGES.find(
    ([low, high]) => typeof text === 'string' && text.replaceAll(/[\s[\]]/g, '') === `${low},${high}`,
  );
  if (range !== undefined) return range;
  throw new ServerError(
    'INVALID_REQUEST',
    `input_range of ${owner}: expected [0,1], [-1,1] or [0,255]; without it values are taken as normalised`,
  );
}

/**
 * Values of one input as LPIPS takes them: float32 planes normalised in place from their range, or checked where they are
 * normalised already; bytes stay as they are, they are normalised where the model computes.
 *
 * @throws ServerError INVALID_REQUEST | INVALID_TENSOR
 * @throws RuntimeError of `checkNormalised`
 */
export function checkedPixels(name: string, tensor: Tensor, range: InputRange | undefined): Tensor {
  const { type, dims, data } = tensor;
  if (type === 'uint8') {
    if (range === undefined || range[1] === 255) return tensor;
    throw new ServerError('INVALID_REQUEST', `input ${name} is UINT8, whose input_range is [0,255]`);
  }
  const values = data as Float32Array<ArrayBuffer>;
  if (range === undefined) checkNormalised(name, values);
  else {
    checkRange(name, values, range);
    normalise(values, planeOf(dims), range);
  }
  return tensor;
}

function normalise(values: Float32Array, plane: number, [low, high]: InputRange): void {
  for (let start = 0; start < values.length; start += plane) {
    const channel = (start / plane) % 3;
    const [mean, std] = [IMAGENET_MEAN[channel] as number, IMAGENET_STD[channel] as number];
    for (let i = start; i < start + plane; i++)
      values[i] = (((values[i] as number) - low) / (high - low) - mean) / std;
  }
}

function checkRange(name: string, values: Float32Array, [low, high]: InputRange): void {
  const room = ROOM * (high - low);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value >= low - room && value <= high + room) continue;
    if (!Number.isFinite(value))
      throw new ServerError('NOT_FINITE', `input ${name} holds ${value} at index ${i}`);
    throw new ServerError(
      'INVALID_TENSOR',
      `input ${name} holds ${value} at index ${i}, outside its input_range [${low},${high}]`,
    );
  }
}

function planeOf(dims: readonly number[]): number {
  return (dims[2] as number) * (dims[3] as number);
}
