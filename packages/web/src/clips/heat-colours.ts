type Colour = readonly [red: number, green: number, blue: number];

/** Viridis, from dark to light and alike for all kinds of colour vision: every ninth part of the scale. */
const VIRIDIS: readonly Colour[] = [
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

/** Colours that the scale is drawn in. */
const STEPS = 1024;
const COLOURS: readonly Colour[] = Array.from({ length: STEPS + 1 }, (_, at) => heatColour(at / STEPS));

/** The colour of a share of the scale, 0 to 1. */
function heatColour(share: number): Colour {
  const at = share * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.floor(at)] as Colour;
  const high = VIRIDIS[Math.ceil(at)] as Colour;
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(low[channel] + (high[channel] - low[channel]) * (at - Math.floor(at)));
  return [mix(0), mix(1), mix(2)];
}

/** Values in their colours, pixels of R'G'B' with full alpha; those above `top` have the last one. */
export function heatColours(values: Float32Array, top: number): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(4 * values.length).fill(255);
  for (let at = 0; at < values.length; at++) {
    const step = Math.max(0, Math.min(STEPS, Math.round(((values[at] as number) / top) * STEPS)));
    const [red, green, blue] = COLOURS[step] as Colour;
    rgba[4 * at] = red;
    rgba[4 * at + 1] = green;
    rgba[4 * at + 2] = blue;
  }
  return rgba;
}

/** The scale as a strip, from 0 to the top. */
export function heatLegend(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  for (let x = 0; x < width; x++) {
    context.fillStyle = `rgb(${heatColour(x / (width - 1)).join(' ')})`;
    context.fillRect(x, 0, 1, height);
  }
}
