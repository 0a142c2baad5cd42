// Features of a few clips made by formula, every double of them: what must be the same in every engine. It imports nothing, so that
// a page loads it as Node does.
const FORMATS = [
  { width: 352, height: 288, bitDepth: 8 },
  { width: 201, height: 133, bitDepth: 10 },
  { width: 97, height: 64, bitDepth: 12 },
  { width: 64, height: 99, bitDepth: 16 },
];
const OPTIONS = [
  { additive: true },
  { vifGainLimit: 1, admGainLimit: 1, motion: 'v3.1', additive: true },
  { vifGainLimit: 1.2, admGainLimit: 1.2 },
];
const FRAMES = 3;

/**
 * @param {typeof import('@vqforge/features')} features
 * @returns {Float64Array}
 */
export function madeFeatures({ FeatureExtractor, motionScores }) {
  const doubles = [];
  for (const format of FORMATS)
    for (const options of OPTIONS) {
      const extractor = new FeatureExtractor(format, options);
      const sads = [];
      for (let frame = 0; frame < FRAMES; frame++) {
        sads.push(extractor.nextReference({ samples: picture(format, frame, 0) }));
        add(doubles, extractor.measure({ samples: picture(format, frame, 1) }));
      }
      add(doubles, motionScores(sads, format, options));
    }
  return Float64Array.from(doubles);
}

/** Every number of a result, in the order of its keys. */
function add(doubles, result) {
  if (typeof result === 'number') doubles.push(result);
  else if (result !== null) Object.values(result).forEach((value) => add(doubles, value));
}

/** Slopes, noise that covers a third of the picture, and black and white. */
function picture({ width, height, bitDepth }, frame, side) {
  const white = 2 ** bitDepth - 1;
  const samples = bitDepth === 8 ? new Uint8Array(width * height) : new Uint16Array(width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const random = mix(x, y, frame * 2 + side);
      const slope = (((x + 2 * y + 5 * frame) * white) / 900) | 0;
      if (x * 3 < width) samples[i] = Math.min(white, slope + side * (random % 9));
      else if (x * 3 < 2 * width) samples[i] = (mix(x, y, frame) + side * (random % 60)) & white;
      else samples[i] = random & 1 ? white : 0;
    }
  return samples;
}

function mix(x, y, seed) {
  let h = Math.imul(x, 0x9e3779b1) + Math.imul(y, 0x85ebca77) + Math.imul(seed, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}
