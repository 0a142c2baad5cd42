// Real clips with the logs that libvmaf made of them: equal at all six decimals that it prints.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FeatureExtractor, motionScores } from '../src/index.ts';
import type { Samples } from './oracle-clips.ts';

const CLIPS = fileURLToPath(new URL('../../../../shared/clips/', import.meta.url));
const hasClips = existsSync(CLIPS);
if (!hasClips) console.warn(`skipped: real clips with libvmaf's logs: none in ${CLIPS}`);

/** The luma planes of a 4:2:0 Y4M file. */
function lumaOf(path: string): { width: number; height: number; bitDepth: number; frames: Samples[] } {
  const file = readFileSync(path);
  const header = file.subarray(0, file.indexOf('\n')).toString('latin1');
  const number = (tag: string): number => Number(new RegExp(` ${tag}(\\d+)`).exec(header)![1]);
  const [width, height] = [number('W'), number('H')];
  const bitDepth = Number(/ C420p(\d+)/.exec(header)?.[1] ?? 8);
  const bytes = bitDepth > 8 ? 2 : 1;
  const frames: Samples[] = [];
  const marker = 'FRAME\n'.length;
  const step = marker + ((width * height * 3) / 2) * bytes;
  for (let at = header.length + 1; at < file.length; at += step) {
    const luma = new Uint8Array(file.subarray(at + marker, at + marker + width * height * bytes));
    frames.push(bytes === 1 ? luma : new Uint16Array(luma.buffer));
  }
  return { width, height, bitDepth, frames };
}

interface Log {
  frames: { metrics: Record<string, number> }[];
}

describe.skipIf(!hasClips)('libvmaf’s logs of real clips', () => {
  it.each([
    ['flower_ref', 'flower_crf28'],
    ['flower_ref', 'flower_crf38'],
    ['flower_ref_10bit', 'flower_crf38_10bit'],
    ['bunny_ref', 'bunny_crf34'],
  ])('%s, %s', (ref, dist) => {
    const reference = lumaOf(`${CLIPS}${ref}.y4m`);
    const distorted = lumaOf(`${CLIPS}${dist}.y4m`);
    const log = JSON.parse(readFileSync(`${CLIPS}${dist}.libvmaf.json`, 'utf8')) as Log;
    const extractor = new FeatureExtractor(reference, { additive: true });
    const measured = reference.frames.map((samples, f) => ({
      sad: extractor.nextReference({ samples }),
      ...extractor.measure({ samples: distorted.frames[f]! }),
    }));
    const motion = motionScores(
      measured.map(({ sad }) => sad),
      reference,
    );
    expect(measured).toHaveLength(log.frames.length);
    const scales = (name: string, of: readonly { score: number }[]): [string, number | null][] =>
      of.map(({ score }, scale) => [`${name}_scale${scale}`, score]);
    log.frames.forEach(({ metrics }, f) => {
      const { vif, adm, additive } = measured[f]!;
      const values: [string, number | null][] = [
        ['integer_adm2', adm.adm2],
        ['integer_aim', additive!.aim],
        ['integer_adm3', additive!.adm3],
        ...scales('integer_adm', adm.scales),
        ...scales('integer_vif', vif.scales),
        ['VMAF_integer_feature_motion_sad_score', motion[f]!.motion],
        ['integer_motion2', motion[f]!.motion2],
        ['integer_motion3', motion[f]!.motion3],
      ];
      for (const [name, value] of values)
        expect(`${name} ${value!.toFixed(6)}`).toBe(`${name} ${metrics[name]!.toFixed(6)}`);
    });
  });
});
