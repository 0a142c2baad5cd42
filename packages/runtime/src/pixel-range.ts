import { RuntimeError } from './errors.ts';

/** ImageNet-normalised pixels lie between (0 − 0.485)/0.229 and (1 − 0.406)/0.225; a codec's overshoot gets some room. */
const LOWEST = -2.2;
const HIGHEST = 2.75;

/**
 * Checks that values can be what LPIPS takes: R'G'B' of 0 to 1, less ImageNet's mean, by its deviation, which lies between
 * −2.118 and 2.640. Other values give a distance too, one that says nothing.
 *
 * @param name of the input
 * @throws RuntimeError NOT_FINITE | INVALID_TENSOR, naming the usual mistake
 */
export function checkNormalised(name: string, data: Float32Array): void {
  let [low, high] = [Infinity, -Infinity];
  let isFinite = true;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    // NaN fails each comparison
    if (!(value >= LOWEST && value <= HIGHEST)) isFinite &&= Number.isFinite(value);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!isFinite) {
    const index = data.findIndex((value) => !Number.isFinite(value));
    throw new RuntimeError('NOT_FINITE', `input ${name} holds ${String(data[index])} at index ${index}`);
  }
  if (low >= LOWEST && high <= HIGHEST) return;
  const range = `${low.toPrecision(4)} to ${high.toPrecision(4)}`;
  throw new RuntimeError(
    'INVALID_TENSOR',
    `input ${name} holds values of ${range}, expected -2.118 to 2.640: R'G'B' of 0 to 1, less ImageNet's mean, by its deviation; ${mistake(low, high)}`,
  );
}

function mistake(low: number, high: number): string {
  if (low >= 0 && high <= 255) return 'these look like pixels of 0 to 255, which have to be normalised first';
  if (low >= -128 && high <= 128) return 'these look like pixels less 128, or normalised by other statistics';
  return 'these look like no pixels';
}
