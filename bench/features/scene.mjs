// A picture with what real ones have: slopes, texture of several sizes, edges, grain; moved by a few pixels, and coarsened.

/** @returns the reference, the reference frame before, and a distorted picture, for `bitDepth` bits */
export function scene({ width, height, bitDepth }) {
  const picture = (pixel) => {
    const samples = bitDepth === 8 ? new Uint8Array(width * height) : new Uint16Array(width * height);
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++)
        samples[i] = Math.min(Math.max(Math.round(pixel(x, y) * 2 ** (bitDepth - 8)), 0), 2 ** bitDepth - 1);
    return samples;
  };
  const light = (x, y) =>
    40 +
    (x + y) / 24 +
    noise(x, y, 6, 1) * 60 +
    noise(x, y, 4, 2) * 30 +
    (noise(x, y, 7, 3) > 0.5 ? noise(x, y, 2, 4) * 30 : 0) +
    (noise(x, y, 7, 5) > 0.6 ? 50 : 0);
  const grain = (x, y, frame) => (hash(x, y, frame) & 3) - 1.5;
  const coarse = (value) => Math.round(value / 5) * 5;
  return {
    previous: picture((x, y) => light(x + 3, y + 1) + grain(x, y, 6)),
    reference: picture((x, y) => light(x, y) + grain(x, y, 7)),
    distorted: picture((x, y) => coarse((light(x - 1, y) + light(x + 1, y)) / 2)),
  };
}

/** Value noise in 0 … 1 on a lattice of 2^bits pixels. */
function noise(x, y, bits, seed) {
  const n = 2 ** bits;
  const at = (i, j) => (hash(i, j, seed) & 1023) / 1023;
  const [i, j] = [Math.floor(x / n), Math.floor(y / n)];
  const [u, v] = [x / n - i, y / n - j];
  const upper = at(i, j) * (1 - u) + at(i + 1, j) * u;
  const lower = at(i, j + 1) * (1 - u) + at(i + 1, j + 1) * u;
  return upper * (1 - v) + lower * v;
}

function hash(x, y, seed) {
  let h = Math.imul(x, 0x9e3779b1) + Math.imul(y, 0x85ebca77) + Math.imul(seed, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}
