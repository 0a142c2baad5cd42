import type { Picture } from '../clips/frame-calls.ts';
import type { ScaledHeat } from './heat-maps.ts';

/** Viridis, from dark to light and alike for all kinds of colour vision: every ninth part of the scale. */
const VIRIDIS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 73, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
];

/** The colour of a share of the scale, 0 to 1. */
function heatColour(share: number): readonly [number, number, number] {
  const at = Math.max(0, Math.min(1, share)) * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.floor(at)] as readonly [number, number, number];
  const high = VIRIDIS[Math.ceil(at)] as readonly [number, number, number];
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(low[channel] + (high[channel] - low[channel]) * (at - Math.floor(at)));
  return [mix(0), mix(1), mix(2)];
}

/** A heat map in its colours. */
export function heatPicture({ width, height, values, top }: ScaledHeat): Picture {
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (const [at, value] of values.entries()) rgba.set(heatColour(value / top), 4 * at);
  return { width, height, rgba };
}

/** The scale as a strip, from 0 to the top. */
export function heatLegend(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  for (let x = 0; x < width; x++) {
    context.fillStyle = `rgb(${heatColour(x / (width - 1)).join(' ')})`;
    context.fillRect(x, 0, 1, height);
  }
}
