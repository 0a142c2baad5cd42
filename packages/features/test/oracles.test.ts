// Every number of libvmaf f85a8536's own that the fixtures hold, and v3.0.0's of motion: difference 0 in double precision.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FeatureExtractor, motionScores, NEG_OPTIONS } from '../src/index.ts';
import { Kernels } from '../src/kernels.ts';
import { vifScore } from '../src/vif-score.ts';
import { admClip, vifClip, type ClipFormat, type Pair, type Samples } from './oracle-clips.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(FIXTURES, path), 'utf8'));
const jsonFiles = (folder: string): string[] =>
  readdirSync(join(FIXTURES, folder))
    .filter((name) => name.endsWith('.json'))
    .sort();

interface AdmOracle extends ClipFormat {
  frames: {
    adm2: number;
    num: number;
    den: number;
    scales: { num: number; den: number; ratio: number }[];
    aim: number;
    adm3: number;
    features: Record<string, number>;
  }[];
}

describe('ADM, VIF and motion of libvmaf’s C path', () => {
  it.each(jsonFiles('adm'))('%s', (file) => {
    const oracle = readJson(`adm/${file}`) as AdmOracle;
    const extractor = new FeatureExtractor(oracle, { additive: true });
    const clip = oracle.frames.map((_, f) => admClip(oracle, f));
    const sads = clip.map(({ reference, distorted }, f) => {
      const sad = extractor.nextReference({ samples: reference });
      const { vif, adm, additive } = extractor.measure({ samples: distorted });
      const { features, ...frame } = oracle.frames[f]!;
      expect({
        adm2: adm.adm2,
        num: adm.numerator,
        den: adm.denominator,
        scales: adm.scales.map(({ numerator, denominator, score }) => ({
          num: numerator,
          den: denominator,
          ratio: score,
        })),
        ...additive,
      }).toEqual({
        adm2: frame.adm2,
        num: frame.num,
        den: frame.den,
        scales: frame.scales,
        aim: frame.aim,
        adm3: frame.adm3,
      });
      expect(adm.adm2).toBe(features['adm2']);
      expect(vif.scales.map(({ score }) => score)).toEqual(
        [0, 1, 2, 3].map((scale) => features[`vif_scale${scale}`]),
      );
      return sad;
    });
    expect(motionScores(sads, oracle).map(({ motion2 }) => motion2)).toEqual(
      oracle.frames.map(({ features }) => features['motion2']),
    );
  });
});

interface NegOracle {
  clips: (ClipFormat & { frames: Record<string, number>[] })[];
}

describe('the NEG setting', () => {
  it.each((readJson('neg.json') as NegOracle).clips)('$kind $width×$height, $bitDepth bits', (oracle) => {
    const extractor = new FeatureExtractor(oracle, { ...NEG_OPTIONS, additive: true });
    const sads = oracle.frames.map((frame, f) => {
      const { reference, distorted } = admClip(oracle, f);
      const sad = extractor.nextReference({ samples: reference });
      const { vif, adm, additive } = extractor.measure({ samples: distorted });
      expect([adm.adm2, additive?.aim, additive?.adm3]).toEqual([
        frame['integer_adm2_egl_1'],
        frame['integer_aim_egl_1'],
        frame['integer_adm3_egl_1'],
      ]);
      for (let scale = 0; scale < 4; scale++) {
        expect(adm.scales[scale]!.score).toBe(frame[`integer_adm_scale${scale}_egl_1`]);
        expect(vif.scales[scale]!.score).toBe(frame[`integer_vif_scale${scale}_egl_1`]);
      }
      return sad;
    });
    expect(motionScores(sads, oracle)).toEqual(
      oracle.frames.map((frame) => ({
        motion: frame['VMAF_integer_feature_motion_sad_score'],
        motion2: frame['integer_motion2'],
        motion3: frame['integer_motion3'],
      })),
    );
  });
});

interface VifOracle {
  clip: {
    kind: string;
    width: number;
    height: number;
    bit_depth: number;
    luma_sha256_ref: string;
    luma_sha256_dis: string;
  };
  frames: {
    native: Record<string, number>;
    vif_integers: {
      num_log_q11: number;
      den_log_q11: number;
      num_non_log: number;
      den_non_log: number;
    }[];
    motion_sad?: number;
    vif_enhn_gain_limit_1: Record<string, number>;
  }[];
}

/** SHA-256 of all frames' samples, 16-bit ones little-endian. */
function digest(planes: readonly Samples[]): string {
  const hash = createHash('sha256');
  for (const plane of planes) hash.update(new Uint8Array(plane.buffer));
  return hash.digest('hex');
}

// sizes down to 16×16, which the extractor refuses for ADM's sake: the kernels alone
describe('VIF and motion, with their integer sums', () => {
  it.each(jsonFiles('vif_motion'))('%s', (file) => {
    const { clip, frames } = readJson(`vif_motion/${file}`) as VifOracle;
    const format = { ...clip, bitDepth: clip.bit_depth };
    const pairs: Pair[] = frames.map((_, f) => vifClip(format, f));
    expect(digest(pairs.map(({ reference }) => reference))).toBe(clip.luma_sha256_ref);
    expect(digest(pairs.map(({ distorted }) => distorted))).toBe(clip.luma_sha256_dis);
    const kernels = new Kernels(format);
    const sads = pairs.map(({ reference, distorted }, f) => {
      const { native, vif_integers, motion_sad, vif_enhn_gain_limit_1 } = frames[f]!;
      kernels.nextReference({ samples: reference });
      kernels.setDistorted({ samples: distorted });
      const sums = kernels.vif(100);
      expect(sums).toEqual(
        vif_integers.map((scale) => ({
          numeratorLog: scale.num_log_q11,
          denominatorLog: scale.den_log_q11,
          flatVariance: scale.num_non_log,
          flatPixels: scale.den_non_log,
        })),
      );
      const vif = vifScore(sums);
      expect([vif.vif, vif.numerator, vif.denominator]).toEqual([
        native['integer_vif'],
        native['integer_vif_num'],
        native['integer_vif_den'],
      ]);
      vif.scales.forEach(({ score, numerator, denominator }, scale) =>
        expect([score, numerator, denominator]).toEqual([
          native[`integer_vif_scale${scale}`],
          native[`integer_vif_num_scale${scale}`],
          native[`integer_vif_den_scale${scale}`],
        ]),
      );
      expect(
        Object.fromEntries(
          vifScore(kernels.vif(1)).scales.map(({ score }, scale) => [`integer_vif_scale${scale}`, score]),
        ),
      ).toEqual(vif_enhn_gain_limit_1);
      if (f === 0) return null;
      const sad = kernels.motionSad(false);
      expect(sad).toBe(motion_sad);
      return sad;
    });
    expect(motionScores(sads, format)).toEqual(
      frames.map(({ native }) => ({
        motion: native['VMAF_integer_feature_motion_sad_score'],
        motion2: native['integer_motion2'],
        motion3: native['integer_motion3'],
      })),
    );
  });
});

interface OlderMotionOracle {
  clips: {
    kind: string;
    width: number;
    height: number;
    bit_depth: number;
    frames: { motion: number; motion2: number }[];
  }[];
}

describe('motion of libvmaf before 3.2.0', () => {
  it.each((readJson('motion_v3.1.json') as OlderMotionOracle).clips)(
    '$kind $width×$height, $bit_depth bits',
    ({ frames, ...clip }) => {
      const format = { ...clip, bitDepth: clip.bit_depth };
      const extractor = new FeatureExtractor(format, { motion: 'v3.1' });
      const sads = frames.map((_, f) => extractor.nextReference({ samples: vifClip(format, f).reference }));
      expect(motionScores(sads, format, { motion: 'v3.1' })).toEqual(
        frames.map(({ motion, motion2 }) => ({ motion, motion2, motion3: null })),
      );
    },
  );
});
