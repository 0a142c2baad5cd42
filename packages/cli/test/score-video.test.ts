import { execFileSync } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ScoreDocument } from '@vqforge/score';
import { hasFfmpeg } from '../../../testing/ffmpeg.ts';
import { rawClip, writeLpips, y4mClip } from './clips.ts';
import { type Outcome, runShared } from './command.ts';
import { temporaryFolder } from './folders.ts';

const CASES = fileURLToPath(new URL('../../../testing/cases/video/', import.meta.url));
const LARGE = { width: 96, height: 80, frames: 5 };
let folder: string;
let model: string;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  model = await writeLpips(folder);
});

function ffmpeg(...args: string[]): void {
  execFileSync('ffmpeg', ['-nostdin', '-y', '-v', 'error', ...args]);
}

function score(reference: string, distorted: string, ...more: string[]): Promise<Outcome> {
  const clips = ['-r', reference, '-d', distorted];
  const lpips = ['--tiny-model', model, '--allow-unregistered', '--threads', '1'];
  return runShared(['score', ...clips, ...lpips, ...more]);
}

function parsed({ code, stdout, stderr }: Outcome, expected = 0): ScoreDocument {
  if (code !== expected) throw new Error(`exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as ScoreDocument;
}

function distances({ frames }: ScoreDocument): (number | undefined)[] {
  return frames.map(({ metrics }) => metrics['lpips']);
}

describe.skipIf(!hasFfmpeg)('containers', () => {
  test.each(['rgb.mov', 'gbrp.mkv', 'nv12.nut', 'alpha.mkv'])('%s: no distance to itself', async (name) => {
    const clip = join(CASES, name);
    expect(distances(parsed(await score(clip, clip)))).toEqual([0, 0]);
  });

  test('RGB: the distance of the images that ffmpeg writes', async () => {
    const [reference, distorted] = ['rgb.mov', 'gbrp.mkv'].map((name) => join(CASES, name)) as [
      string,
      string,
    ];
    const images = [reference, distorted].map((clip, at) => {
      ffmpeg('-i', clip, '-pix_fmt', 'rgb24', '-start_number', '0', path(`rgb${at}-%d.png`));
      return (frame: number) => path(`rgb${at}-${frame}.png`);
    });
    const scored = parsed(await score(reference, distorted));
    const expected = [];
    for (const frame of [0, 1]) {
      const [ref, dist] = images.map((image) => image(frame)) as [string, string];
      expected.push(...distances(parsed(await score(ref, dist))));
    }
    expect(distances(scored)).toEqual(expected);
    expect(scored.reference).toMatchObject({
      chroma: 'rgb',
      matrix: 'rgb',
      range: 'full',
      pixel_format: 'rgb24',
    });
  });

  test('alpha is ignored, and that is said', async () => {
    const outcome = await score(join(CASES, 'nv12.nut'), join(CASES, 'alpha.mkv'));
    expect(outcome.stderr.match(/alpha of .*alpha\.mkv is ignored/g)).toHaveLength(1);
    const document = parsed(outcome);
    expect(document.renditions?.[0]).toMatchObject({ pixel_format: 'yuva420p', alpha: 'ignored' });
    expect(document.warnings).toHaveLength(1);
  });

  test('an odd width above 8 bits: the distance of the same planes as raw YUV', async () => {
    const clips = ['odd10_ref.mkv', 'odd10_dis.mkv'].map((name) => join(CASES, name)) as [string, string];
    const raw = clips.map((clip, at) => {
      ffmpeg('-i', clip, '-f', 'rawvideo', path(`odd${at}.yuv`));
      return path(`odd${at}.yuv`);
    }) as [string, string];
    const format = ['-w', '191', '--height', '107', '-p', '420', '-b', '10'];
    expect(distances(parsed(await score(...clips)))).toEqual(
      distances(parsed(await score(...raw, ...format))),
    );
  });

  test('a change of size ends it: exit 2, with the frames before', async () => {
    const outcome = await score(join(CASES, 'ref6.y4m'), join(CASES, 'reschange.h264'));
    const document = parsed(outcome, 2);
    expect(document.frames).toHaveLength(3);
    expect(document).toMatchObject({ partial: true, error: { code: 'SIZE_CHANGED' } });
    expect(outcome.stderr).toContain('3 frames before it are whole');
  });

  test("ffmpeg's own reason is shown", async () => {
    await writeFile(path('junk.mp4'), Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2 and nothing more'));
    const { code, stderr } = await score(path('junk.mp4'), path('junk.mp4'));
    expect(code).toBe(2);
    expect(stderr).toContain('moov atom not found');
  });
});

test('Y4M of other tools', async () => {
  const plain = y4mClip(5);
  const header = plain.indexOf('\n');
  await writeFile(path('plain.y4m'), plain);
  await writeFile(path('newline.y4m'), Buffer.concat([plain, Buffer.from('\n')]));
  const tagged = (tag: string): Buffer =>
    Buffer.concat([plain.subarray(0, header), Buffer.from(` ${tag}`), plain.subarray(header)]);
  await writeFile(path('unknown.y4m'), tagged('XCOLORRANGE=UNKNOWN'));
  await writeFile(path('lower.y4m'), tagged('XCOLORRANGE=full'));
  for (const name of ['newline.y4m', 'unknown.y4m'])
    expect(distances(parsed(await score(path('plain.y4m'), path(name))))).toEqual([0, 0, 0, 0, 0]);
  expect(parsed(await score(path('lower.y4m'), path('lower.y4m'))).reference?.range).toBe('full');
});

describe.skipIf(!hasFfmpeg)('colour by side', () => {
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', '48x40'];
  beforeAll(async () => {
    await writeFile(path('clip.yuv'), rawClip(5));
    await writeFile(path('plain.y4m'), y4mClip(5));
    const tags = { sd: 'smpte170m', hd: 'bt709', pq: 'bt2020nc', constant: 'bt2020c' };
    for (const [name, matrix] of Object.entries(tags)) {
      const transfer = name === 'pq' ? ['-color_trc', 'smpte2084'] : [];
      ffmpeg(
        ...raw,
        '-i',
        path('clip.yuv'),
        '-c:v',
        'ffv1',
        '-colorspace',
        matrix,
        ...transfer,
        path(`${name}.mkv`),
      );
    }
  });

  test('each side has the matrix of its tags', async () => {
    const document = parsed(await score(path('hd.mkv'), path('sd.mkv')));
    expect(document.reference).toMatchObject({ matrix: 'bt709', colour_tags: { matrix: 'bt709' } });
    expect(document.renditions?.[0]).toMatchObject({ matrix: 'bt601', colour_tags: { matrix: 'smpte170m' } });
    expect(document.colour).not.toHaveProperty('matrix');
    const plain = path('plain.y4m');
    const byFlags = parsed(await score(plain, plain, '--ref-matrix', 'bt709', '--dist-matrix', 'bt601'));
    expect(distances(document)).toEqual(distances(byFlags));
    expect(distances(document).some((distance) => distance !== 0)).toBe(true);
  });

  test('flags come before tags, those of one side before those of both', async () => {
    const same = await score(path('hd.mkv'), path('sd.mkv'), '--matrix', 'bt2020', '--range', 'full');
    expect(distances(parsed(same))).toEqual([0, 0, 0, 0, 0]);
    expect(parsed(same).colour).toMatchObject({ matrix: 'bt2020' });
    const sides = [
      '--matrix',
      'bt2020',
      '--dist-matrix',
      'bt709',
      '--ref-range',
      'full',
      '--dist-range',
      'limited',
    ];
    const document = parsed(await score(path('hd.mkv'), path('sd.mkv'), ...sides));
    expect(document.reference).toMatchObject({ matrix: 'bt2020', range: 'full' });
    expect(document.renditions?.[0]).toMatchObject({ matrix: 'bt709', range: 'limited' });
  });

  test('tags that LPIPS cannot honour warn once and stand in the document; --strict refuses them', async () => {
    const outcome = await score(path('pq.mkv'), path('pq.mkv'));
    const document = parsed(outcome);
    expect(outcome.stderr.match(/smpte2084 \(PQ\)/g)).toHaveLength(1);
    expect(document.reference?.not_honoured).toEqual(['transfer smpte2084 (PQ)']);
    expect(document.reference).toMatchObject({ matrix: 'bt2020', colour_tags: { transfer: 'smpte2084' } });
    expect(document.warnings).toHaveLength(1);
    for (const clip of ['pq.mkv', 'constant.mkv']) {
      const refused = await score(path(clip), path(clip), '--strict');
      expect(refused.code).toBe(2);
      expect(refused.stdout).toBe('');
    }
    expect((await score(path('hd.mkv'), path('sd.mkv'), '--strict')).code).toBe(0);
    // a matrix that is given leaves nothing to honour
    expect(
      (await score(path('constant.mkv'), path('constant.mkv'), '--strict', '--matrix', 'bt2020')).code,
    ).toBe(0);
  });
});

describe.skipIf(!hasFfmpeg)('--scale', () => {
  beforeAll(async () => {
    await writeFile(path('large.y4m'), y4mClip(0, LARGE));
    await writeFile(path('small.y4m'), y4mClip(5));
    ffmpeg(
      '-i',
      path('small.y4m'),
      '-vf',
      'scale=96:80:flags=bicubic+accurate_rnd+bitexact',
      path('scaled.y4m'),
    );
  });

  test("smaller renditions get ffmpeg's bicubic planes, whatever they come from", async () => {
    const expected = distances(parsed(await score(path('large.y4m'), path('scaled.y4m'))));
    ffmpeg('-i', path('small.y4m'), '-c:v', 'ffv1', path('small.mkv'));
    for (const name of ['small.y4m', 'small.mkv']) {
      const document = parsed(await score(path('large.y4m'), path(name), '--scale'));
      expect(distances(document)).toEqual(expected);
      expect(document.renditions?.[0]).toMatchObject({
        width: 96,
        height: 80,
        scaled_from: { width: 48, height: 40, filter: 'bicubic+accurate_rnd+bitexact' },
      });
      expect(document.renditions?.[0]?.scaled_from?.libswscale).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  test('larger ones are refused, and without it any other size', async () => {
    const larger = await score(path('small.y4m'), path('large.y4m'), '--scale');
    expect(larger.code).toBe(2);
    expect(larger.stderr).toContain('only smaller ones are scaled');
    const unasked = await score(path('large.y4m'), path('small.y4m'));
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain('--scale');
  });

  test('a rendition that ends early, or inside a frame, is scored up to there', async () => {
    const small = y4mClip(5);
    await writeFile(path('cut.y4m'), small.subarray(0, small.length - 10));
    await writeFile(path('short.y4m'), y4mClip(5, { width: 48, height: 40, frames: 3 }));
    for (const [name, frames, code] of [
      ['cut.y4m', 4, 'TRUNCATED'],
      ['short.y4m', 3, 'UNEQUAL_LENGTH'],
    ] as const) {
      const document = parsed(await score(path('large.y4m'), path(name), '--scale'), 2);
      expect(document.frames).toHaveLength(frames);
      expect(document.error?.code).toBe(code);
    }
  });
});

/** In the place of vmaf: reads both clips to their ends, checks that they are Y4M, and logs features. */
const FAKE_VMAF = `#!${process.execPath}
const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const valueOf = (flag) => args[args.indexOf(flag) + 1];
const seen = [valueOf('--reference'), valueOf('--distorted')].map((path) => readFileSync(path));
for (const bytes of seen) if (bytes.toString('latin1', 0, 9) !== 'YUV4MPEG2') { process.stderr.write('not Y4M'); process.exit(1); }
writeFileSync(__dirname + '/seen.json', JSON.stringify({ args, headers: seen.map((bytes) => bytes.toString('latin1', 0, bytes.indexOf(10))), sums: seen.map((bytes) => createHash('sha256').update(bytes.subarray(bytes.indexOf(10))).digest('hex')) }));
const metrics = { integer_adm2: 0.9, integer_motion2: 3, integer_vif_scale0: 0.5, integer_vif_scale1: 0.8, integer_vif_scale2: 0.9, integer_vif_scale3: 0.9 };
const frames = [0, 1, 2, 3, 4].map((frameNum) => ({ frameNum, metrics: { ...metrics, vmaf: 80 } }));
writeFileSync(valueOf('--output'), JSON.stringify({ version: 'x', fps: 1, frames }));
`;

describe.skipIf(!hasFfmpeg || process.platform === 'win32')('--vmaf-bin', () => {
  const measure = (reference: string, distorted: string): Promise<Outcome> =>
    runShared(['score', '-r', reference, '-d', distorted, '--vmaf-bin', path('vmaf')]);

  interface Seen {
    readonly args: string[];
    readonly headers: string[];
    readonly sums: string[];
  }

  const seen = async (): Promise<Seen> => JSON.parse(await readFile(path('seen.json'), 'utf8')) as Seen;

  beforeAll(async () => {
    await writeFile(path('vmaf'), FAKE_VMAF);
    await chmod(path('vmaf'), 0o755);
    await writeFile(path('reference.y4m'), y4mClip(0));
    await writeFile(path('distorted.y4m'), y4mClip(5));
    for (const name of ['reference', 'distorted'])
      ffmpeg('-i', path(`${name}.y4m`), '-c:v', 'ffv1', path(`${name}.mkv`));
  });

  test('gets the frames of containers as Y4M, and Y4M as it is', async () => {
    expect(parsed(await measure(path('reference.y4m'), path('distorted.y4m'))).frames).toHaveLength(5);
    const plain = await seen();
    expect(plain.args).toContain(path('reference.y4m'));
    for (const [reference, distorted] of [
      ['reference.mkv', 'distorted.mkv'],
      ['reference.y4m', 'distorted.mkv'],
    ] as const) {
      const document = parsed(await measure(path(reference), path(distorted)));
      expect(document.frames).toHaveLength(5);
      const decoded = await seen();
      expect(decoded.sums).toEqual(plain.sums);
      expect(decoded.headers[1]).toBe('YUV4MPEG2 W48 H40 F25:1 Ip C420');
    }
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('vqforge-vmaf-clips-'))).toEqual([]);
  });

  test('a clip that cannot be decoded to its end is a failure, and a program that stops early hangs nothing', async () => {
    const whole = await readFile(path('distorted.mkv'));
    await writeFile(path('half.mkv'), whole.subarray(0, 1000));
    const { code, stderr } = await measure(path('reference.mkv'), path('half.mkv'));
    expect(code).toBe(2);
    expect(stderr).toContain('half.mkv');
    await writeFile(path('deaf'), '#!/bin/sh\necho "no such model" >&2; exit 3\n');
    await chmod(path('deaf'), 0o755);
    const clips = ['-r', path('reference.mkv'), '-d', path('distorted.mkv')];
    const deaf = await runShared(['score', ...clips, '--vmaf-bin', path('deaf')]);
    expect(deaf.code).toBe(2);
    expect(deaf.stderr).toContain('no such model');
    expect(deaf.stderr).toContain(path('reference.mkv'));
  });
});

test('a log of pictures of another size is refused', async () => {
  await writeFile(path('reference.y4m'), y4mClip(0));
  const features = 'adm2 motion2 vif_scale0 vif_scale1 vif_scale2 vif_scale3'.split(' ');
  const frames = [0, 1, 2, 3, 4].map(
    (frame) =>
      `<frame frameNum="${frame}" ${features.map((name) => `integer_${name}="0.5"`).join(' ')} vmaf="80" />`,
  );
  const log = (size: string): string =>
    `<VMAF version="x"><params ${size} /><frames>${frames.join('')}</frames></VMAF>`;
  const clips = ['-r', path('reference.y4m'), '-d', path('reference.y4m')];
  for (const [size, code] of [
    ['qualityWidth="48" qualityHeight="40"', 0],
    ['qualityWidth="384" qualityHeight="216"', 2],
    ['scaledWidth="40" scaledHeight="48"', 2],
    ['', 0],
  ] as const) {
    await writeFile(path('log.xml'), log(size));
    const outcome = await runShared(['score', ...clips, '--features-from', path('log.xml')]);
    expect([size, outcome.code]).toEqual([size, code]);
    expect(outcome.stderr.includes('the reference')).toBe(code === 2);
  }
});
