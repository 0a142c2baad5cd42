import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  FeatureExtractor,
  FeaturesError,
  motionScores,
  MotionSequence,
  NEG_OPTIONS,
  SMALLEST_SIDE,
  type FeaturesErrorCode,
} from '../src/index.ts';
import { KERNELS } from '../src/generated/kernels.ts';
import { admClip, vifClip } from './oracle-clips.ts';

const FORMAT = { width: 67, height: 45, bitDepth: 8 };
const CLIP = Array.from({ length: 5 }, (_, f) => vifClip({ ...FORMAT, kind: 'texture' }, f));

function codeOf(action: () => unknown): FeaturesErrorCode | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof FeaturesError) return error.code;
    throw error;
  }
  return undefined;
}

describe('the kernels', () => {
  it('are these bytes: a change of a kernel shows here', () => {
    const bytes = Buffer.from(KERNELS, 'base64');
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      'a1aaf5fcb9d71133b0a8ef90cda514beaa4456b64e042fdce564b1352b01edd5',
    );
  });

  // V8 11.3's baseline compiler miscompiles a multiplication without AVX, which the kernels keep off; other flags take
  // longer: `npm run matrix:features`
  it('give the same doubles without AVX, in either of V8’s compilers', () => {
    const script = join(fileURLToPath(new URL('../../..', import.meta.url)), 'tools/lib/features-digest.mjs');
    const digest = (...flags: string[]): string =>
      execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' });
    const here = digest();
    expect(here).toMatch(/ [0-9a-f]{64}\n$/);
    expect(digest('--no-enable-avx', '--liftoff-only')).toBe(here);
    expect(digest('--no-enable-avx', '--no-liftoff')).toBe(here);
  });

  it('import nothing, and export no more than is used', () => {
    const module = new WebAssembly.Module(Buffer.from(KERNELS, 'base64')) as object;
    const api = WebAssembly.Module as unknown as Record<
      'imports' | 'exports',
      (module: object) => { name: string }[]
    >;
    expect(api.imports(module).map(({ name }) => name)).toEqual([]);
    expect(
      api
        .exports(module)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      'adm',
      'advance',
      'configure',
      'distortedPlane',
      'memory',
      'motionSad',
      'olderMotionSad',
      'referencePlane',
      'rowBytes',
      'usedBits',
      'vif',
    ]);
  });
});

describe('FeatureExtractor', () => {
  it('gives the same numbers with one extractor, or with one for every frame', () => {
    const one = new FeatureExtractor(FORMAT, { additive: true });
    CLIP.forEach(({ reference, distorted }, f) => {
      const other = new FeatureExtractor(FORMAT, { additive: true });
      if (f > 0) other.nextReference({ samples: CLIP[f - 1]!.reference });
      expect(other.nextReference({ samples: reference })).toBe(one.nextReference({ samples: reference }));
      expect(other.measure({ samples: distorted })).toEqual(one.measure({ samples: distorted }));
    });
  });

  it('measures several distorted pictures of one reference, in any order and again', () => {
    const extractor = new FeatureExtractor(FORMAT);
    extractor.nextReference({ samples: CLIP[0]!.reference });
    const [a, b] = [CLIP[0]!.distorted, CLIP[1]!.distorted];
    const first = extractor.measure({ samples: a });
    expect(extractor.measure({ samples: b })).not.toEqual(first);
    expect(extractor.measure({ samples: a })).toEqual(first);
  });

  it('reads rows that lie a stride apart, and nothing between them', () => {
    const padded = (samples: ArrayLike<number>, stride: number): Uint8Array => {
      const out = new Uint8Array(stride * FORMAT.height).fill(255);
      for (let y = 0; y < FORMAT.height; y++)
        for (let x = 0; x < FORMAT.width; x++) out[y * stride + x] = samples[y * FORMAT.width + x]!;
      return out;
    };
    const measure = (stride: number): unknown => {
      const extractor = new FeatureExtractor(FORMAT);
      return CLIP.slice(0, 2).map(({ reference, distorted }) => [
        extractor.nextReference({ samples: padded(reference, stride), stride }),
        extractor.measure({ samples: padded(distorted, stride), stride }),
      ]);
    };
    for (const stride of [80, 99]) expect(measure(stride)).toEqual(measure(67));
  });

  it('keeps its memory, and keeps it small', () => {
    const samples = new Uint8Array(1920 * 1080).fill(90);
    const extractor = new FeatureExtractor({ width: 1920, height: 1080, bitDepth: 8 });
    const before = extractor.memoryBytes;
    extractor.nextReference({ samples });
    extractor.measure({ samples });
    extractor.nextReference({ samples });
    extractor.measure({ samples });
    expect(extractor.memoryBytes).toBe(before);
    expect(before).toBeLessThan(16 * 2 ** 20);
  });

  it('forgets its reference at a restart', () => {
    const extractor = new FeatureExtractor(FORMAT);
    extractor.nextReference({ samples: CLIP[0]!.reference });
    extractor.restart();
    expect(codeOf(() => extractor.measure({ samples: CLIP[0]!.distorted }))).toBe('NO_REFERENCE');
    expect(extractor.nextReference({ samples: CLIP[1]!.reference })).toBeNull();
  });

  it('rewards no enhancement in the NEG setting', () => {
    const format = { width: 64, height: 48, bitDepth: 8, kind: 'binenh' };
    const { reference, distorted } = admClip(format, 0);
    const measure = (options: object): number[] => {
      const extractor = new FeatureExtractor(format, options);
      extractor.nextReference({ samples: reference });
      const { vif, adm } = extractor.measure({ samples: distorted });
      return [vif.vif, adm.adm2];
    };
    const [plain, neg] = [measure({}), measure(NEG_OPTIONS)];
    expect(plain[0]).toBeGreaterThan(neg[0]!);
    expect(plain[1]).toBeGreaterThan(neg[1]!);
    expect(neg[0]).toBeLessThanOrEqual(1.00001);
  });
});

describe('input that is refused', () => {
  const make =
    (format: object, options = {}) =>
    () =>
      new FeatureExtractor({ ...FORMAT, ...format }, options);

  it.each<[string, () => unknown, FeaturesErrorCode]>([
    ['narrow', make({ width: SMALLEST_SIDE - 1 }), 'TOO_SMALL'],
    ['low', make({ height: 1 }), 'TOO_SMALL'],
    ['empty', make({ width: 0 }), 'TOO_SMALL'],
    ['negative', make({ width: -67 }), 'TOO_SMALL'],
    ['no number', make({ width: NaN }), 'TOO_SMALL'],
    ['not whole', make({ height: 45.5 }), 'TOO_SMALL'],
    ['wide', make({ width: 16385 }), 'TOO_LARGE'],
    ['large', make({ width: 16384, height: 4097 }), 'TOO_LARGE'],
    ['endless', make({ width: Infinity }), 'TOO_SMALL'],
    ['7 bits', make({ bitDepth: 7 }), 'UNSUPPORTED_DEPTH'],
    ['17 bits', make({ bitDepth: 17 }), 'UNSUPPORTED_DEPTH'],
    ['8.5 bits', make({ bitDepth: 8.5 }), 'UNSUPPORTED_DEPTH'],
    ['limit under 1', make({}, { vifGainLimit: 0.5 }), 'INVALID_OPTION'],
    ['limit over 100', make({}, { admGainLimit: 101 }), 'INVALID_OPTION'],
    ['limit that is none', make({}, { admGainLimit: NaN }), 'INVALID_OPTION'],
    ['another motion', make({}, { motion: 'v2' }), 'INVALID_OPTION'],
  ])('%s', (_name, action, code) => {
    expect(codeOf(action)).toBe(code);
  });

  it('planes of another length, type or stride', () => {
    const extractor = new FeatureExtractor(FORMAT);
    const samples = CLIP[0]!.reference;
    for (const plane of [
      { samples: samples.subarray(1) },
      { samples: new Uint8Array(0) },
      { samples: new Uint8Array(samples.length + 1) },
      { samples: new Uint16Array(samples.length) },
      { samples: [...samples] as unknown as Uint8Array },
      { samples, stride: 66 },
      { samples, stride: 68 },
      { samples, stride: NaN },
    ])
      expect(codeOf(() => extractor.nextReference(plane))).toBe('WRONG_LENGTH');
    extractor.nextReference({ samples });
    expect(codeOf(() => extractor.measure({ samples: samples.subarray(2) }))).toBe('WRONG_LENGTH');
  });

  it('samples beyond the bit depth, and the frame after them has no frame before', () => {
    const format = { width: 64, height: 48, bitDepth: 10 };
    const { reference } = vifClip({ ...format, kind: 'texture' }, 0);
    for (const place of [0, 63, 64 * 47, 64 * 48 - 1, 1000]) {
      const extractor = new FeatureExtractor(format);
      const wrong = reference.slice();
      wrong[place] = 1024;
      extractor.nextReference({ samples: reference });
      expect(codeOf(() => extractor.measure({ samples: wrong }))).toBe('OUT_OF_RANGE');
      expect(codeOf(() => extractor.nextReference({ samples: wrong }))).toBe('OUT_OF_RANGE');
      expect(extractor.nextReference({ samples: reference })).toBeNull();
    }
  });
});

describe('motion of a clip', () => {
  const PICTURE = { width: 64, height: 48, bitDepth: 8 };
  const unit = 256 * 64 * 48;

  it('of no frame is nothing, of one frame 0', () => {
    expect(motionScores([], PICTURE)).toEqual([]);
    expect(motionScores([null], PICTURE)).toEqual([{ motion: 0, motion2: 0, motion3: 0 }]);
  });

  it('is the smaller of two neighbours, the last frame’s its own', () => {
    const scores = motionScores(
      [null, 4, 2, 3].map((m) => m && m * unit),
      PICTURE,
    );
    expect(scores.map(({ motion }) => motion)).toEqual([0, 4, 2, 3]);
    expect(scores.map(({ motion2 }) => motion2)).toEqual([0, 2, 2, 3]);
    expect(scores.map(({ motion3 }) => motion3)).toEqual([4, 2, 2, 3]);
  });

  it('comes one frame late when it is asked for frame by frame', () => {
    const sequence = new MotionSequence(PICTURE);
    expect(sequence.end()).toBeNull();
    expect(sequence.next(null)).toBeNull();
    expect(sequence.next(5 * unit)).toEqual({ motion: 0, motion2: 0, motion3: 5 });
    expect(sequence.next(7 * unit)).toEqual({ motion: 5, motion2: 5, motion3: 5 });
    expect(sequence.end()).toEqual({ motion: 7, motion2: 7, motion3: 7 });
  });

  it('is 0 where it is forced to be, and then nothing is measured', () => {
    const extractor = new FeatureExtractor(FORMAT, { motionForceZero: true });
    const sads = CLIP.map(({ reference }) => extractor.nextReference({ samples: reference }));
    expect(sads).toEqual([null, null, null, null, null]);
    const scores = motionScores([null, 5 * unit], PICTURE, { motionForceZero: true });
    expect(scores.map(({ motion2 }) => motion2)).toEqual([0, 0]);
  });

  it('has no motion3 before libvmaf 3.2.0', () => {
    expect(motionScores([null, unit], PICTURE, { motion: 'v3.1' }).map(({ motion3 }) => motion3)).toEqual([
      null,
      null,
    ]);
  });
});
