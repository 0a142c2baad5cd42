import { RandomStream } from '@vqforge/base';
import { FEATURE_VALUES, FeatureExtractor, FeatureSequence, SvrTeacher } from '@vqforge/features';
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';

const [WIDTH, HEIGHT, FRAMES] = [256, 144, 12];
const FORMAT = { width: WIDTH, height: HEIGHT, bitDepth: 8 };
const stream = new RandomStream(12345, 'drawing', 0);
const noise = Float32Array.from({ length: WIDTH * HEIGHT * FRAMES }, () => stream.fraction());
/** Uniform in [0, 1), the same at the same place and time. */
const grain = (x, y, t) => noise[(t * HEIGHT + (y % HEIGHT)) * WIDTH + (x % WIDTH)];

/** Code values 0 to 255 at (x, y) of frame t: what no set of natural clips has. */
const CONTENTS = {
  text: (x, y, t) => ((y + t) % 12 < 8 && grain(x >> 1, (y + t) >> 1, 0) > 0.6 ? 20 : 235),
  'zone plate': (x, y, t) => 128 + 110 * Math.cos(((x - 128) ** 2 + (y - 72) ** 2) / 150 + t),
  noise: (x, y, t) => 255 * grain(x, y, t),
  'still noise': (x, y) => 255 * grain(x, y, 0),
  gradient: (x, y, t) => (x + y / 2 + t) * 0.7,
  squares: (x, y, t) => ((((x + 2 * t) >> 4) + (y >> 4)) % 2 ? 235 : 16),
  'one square': (x, y, t) => (Math.abs(x - 20 * t) < 12 && Math.abs(y - 72) < 12 ? 220 : 60),
  stars: (x, y, t) => (grain(x + t, y, 0) > 0.995 ? 250 : 4),
  stripes: (x, y, t) => (Math.floor((x + 7 * t) / 2) % 2 ? 200 : 50),
  cuts: (x, y, t) => 255 * grain(x >> 3, y >> 3, t),
  waves: (x, y, t) => 128 + 60 * Math.sin((x + 9 * t) / 9) + 50 * Math.cos((y - 5 * t) / 13),
  black: () => 0,
};

const at = (plane, x, y) =>
  plane[Math.min(HEIGHT - 1, Math.max(0, y)) * WIDTH + Math.min(WIDTH - 1, Math.max(0, x))];
const blurred = (radius) => (plane, x, y) => {
  let sum = 0;
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++) sum += at(plane, x + dx, y + dy);
  return sum / (2 * radius + 1) ** 2;
};

/** A code value of the distorted picture, from the reference's plane of the same frame. */
const DISTORTIONS = {
  none: at,
  'noise 4': (plane, x, y, t) => at(plane, x, y) + 8 * grain(x + 31, y + 17, t) - 4,
  'noise 40': (plane, x, y, t) => at(plane, x, y) + 80 * grain(x + 31, y + 17, t) - 40,
  'blur 3': blurred(1),
  'blur 9': blurred(4),
  sharpened: (plane, x, y) => 3 * at(plane, x, y) - 2 * blurred(1)(plane, x, y),
  'contrast 1.4': (plane, x, y) => 128 + 1.4 * (at(plane, x, y) - 128),
  'contrast 0.5': (plane, x, y) => 128 + 0.5 * (at(plane, x, y) - 128),
  darkened: (plane, x, y) => 0.4 * at(plane, x, y),
  black: () => 0,
  blocks: (plane, x, y) => at(plane, (x & ~7) + 4, (y & ~7) + 4),
  posterised: (plane, x, y) => Math.round(at(plane, x, y) / 48) * 48,
  shifted: (plane, x, y) => at(plane, x - 1, y),
  inverted: (plane, x, y) => 255 - at(plane, x, y),
};

/**
 * The published model beside its teacher on frames made by formula, as served: every content under every distortion.
 *
 * @param teacherFile bytes of libvmaf's model file
 * @returns absolute errors in VMAF points, by distortion
 */
export async function scoreUnusualFrames(teacherFile) {
  const teacher = SvrTeacher.read(teacherFile);
  const model = await openModel({ registry: 'model/tiny', model: 'fr_regressor_v1' });
  const regressor = FrRegressor.of(model);
  const errors = new Map(Object.keys(DISTORTIONS).map((name) => [name, []]));
  for (const content of Object.values(CONTENTS)) {
    for (const [name, distortion] of Object.entries(DISTORTIONS)) {
      const rows = measure(content, distortion);
      const { scores } = await regressor.score(Float64Array.from(rows.flat()));
      rows.forEach((values, row) => {
        const features = Object.fromEntries(regressor.featureOrder.map((feature, i) => [feature, values[i]]));
        errors.get(name).push(Math.abs(scores[row] - teacher.predict(features, { clip: true })));
      });
    }
  }
  await model.close();
  return errors;

  /** The model's features of every frame. */
  function measure(content, distortion) {
    const extractor = new FeatureExtractor(FORMAT);
    const sequence = new FeatureSequence(FORMAT);
    const complete = [];
    for (let t = 0; t < FRAMES; t++) {
      const reference = plane((x, y) => content(x, y, t));
      const sad = extractor.nextReference({ samples: reference });
      const pair = extractor.measure({ samples: plane((x, y) => distortion(reference, x, y, t)) });
      complete.push(...sequence.next({ index: t, sad, pairs: [pair] }));
    }
    complete.push(...sequence.end());
    return complete.map(({ motion, renditions: [pair] }) =>
      regressor.featureOrder.map((feature) => FEATURE_VALUES.get(feature)({ motion, pair })),
    );
  }
}

function plane(valueAt) {
  return Uint8ClampedArray.from({ length: WIDTH * HEIGHT }, (_, i) =>
    valueAt(i % WIDTH, Math.floor(i / WIDTH)),
  );
}
