import type { Frame, Range } from '../src/frame.ts';
import type { Matrix } from '../src/colour.ts';

/** Luma weights of red and blue, from the standards; the coefficients follow (here not rounded to six digits). */
const WEIGHTS: Record<Matrix, readonly [number, number]> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};
export const MEAN = [0.485, 0.456, 0.406];
export const STD = [0.229, 0.224, 0.225];

/** R'G'B' of 255 in float64, pixel by pixel, straight from the definition: the oracle shares no code with the product. */
export function oracle({ format, data }: Frame, matrix: Matrix, range: Range): number[] {
  const { width, height, chroma, bitDepth } = format;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const sample = (at: number): number => (bitDepth === 8 ? view.getUint8(at) : view.getUint16(2 * at, true));
  const across = ['410', '411'].includes(chroma) ? 4 : ['420', '422'].includes(chroma) ? 2 : 1;
  const down = chroma === '410' ? 4 : ['420', '440'].includes(chroma) ? 2 : 1;
  const [chromaWidth, chromaHeight] = [Math.ceil(width / across), Math.ceil(height / down)];
  const [kr, kb] = WEIGHTS[matrix];
  const kg = 1 - kr - kb;
  const scale = 2 ** (bitDepth - 8);
  const most = 2 ** bitDepth - 1;
  const rgb = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = Math.floor(y / down) * chromaWidth + Math.floor(x / across);
      const luma = sample(y * width + x);
      const cb = chroma === '400' ? 128 * scale : sample(width * height + at);
      const cr = chroma === '400' ? 128 * scale : sample(width * height + chromaWidth * chromaHeight + at);
      const l = range === 'limited' ? (luma - 16 * scale) / (219 * scale) : luma / most;
      const pb = (cb - 128 * scale) / (range === 'limited' ? 224 * scale : most);
      const pr = (cr - 128 * scale) / (range === 'limited' ? 224 * scale : most);
      const red = l + 2 * (1 - kr) * pr;
      const blue = l + 2 * (1 - kb) * pb;
      rgb.push(255 * red, (255 * (l - kr * red - kb * blue)) / kg, 255 * blue);
    }
  }
  return rgb;
}
