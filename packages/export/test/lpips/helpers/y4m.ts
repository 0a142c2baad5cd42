import { draw, type Image } from './images.ts';

/**
 * One frame of an 8-bit 4:2:0 clip as RGB: real content to compare two graphs on, which both are given the same. BT.709
 * limited range, nearest chroma.
 */
export function readFrame(bytes: Uint8Array, frame: number): Image {
  const clip = Buffer.from(bytes);
  const header = clip.toString('latin1', 0, clip.indexOf('\n'));
  const [width = 0, height = 0] = [/ W(\d+)/, / H(\d+)/].map((pattern) => Number(pattern.exec(header)?.[1]));
  const size = width * height;
  const start = header.length + 1 + frame * ('FRAME\n'.length + size * 1.5) + 'FRAME\n'.length;
  const sample = (plane: number, x: number, y: number): number =>
    clip[start + plane + y * (plane === 0 ? width : width / 2) + x] ?? 0;
  return draw(width, height, (x, y, channel) => {
    const luma = (sample(0, x, y) - 16) / 219;
    const cb = (sample(size, x >> 1, y >> 1) - 128) / 224;
    const cr = (sample(size * 1.25, x >> 1, y >> 1) - 128) / 224;
    const rgb = [luma + 1.5748 * cr, luma - 0.187324 * cb - 0.468124 * cr, luma + 1.8556 * cb];
    return 255 * (rgb[channel] as number);
  });
}
