import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseLadder } from '@vqforge/artifact';
import { encodeLadder, readCorpusManifest } from '@vqforge/corpus';
import { hasFfmpeg } from '../../../testing/ffmpeg.ts';
import { clip, put } from './clips.ts';
import { temporaryFolder } from './folders.ts';

const ladder = (rungs: readonly object[]) => JSON.stringify({ schema: 'vqforge/ladder-v1', rungs });
const RUNG = { name: 'a', codec: 'libx264', crf: 30 };

describe('a ladder file', () => {
  test.each([
    ['no rung', []],
    ['neither crf nor bitrate', [{ name: 'a', codec: 'libx264' }]],
    ['both', [{ ...RUNG, bitrate: '1M' }]],
    ['two rungs of one name', [RUNG, { ...RUNG, crf: 20 }]],
    ['a name that leaves the folder', [{ ...RUNG, name: '../a' }]],
    ['a codec that is a flag', [{ ...RUNG, codec: '-f' }]],
    ['a preset with a space', [{ ...RUNG, preset: 'slow -y' }]],
    ['a height that is an expression', [{ ...RUNG, height: '1/2:flags=neighbor' }]],
    ['a bitrate that is none', [{ name: 'a', codec: 'libx264', bitrate: 'lots' }]],
    ['an unknown key', [{ ...RUNG, arguments: ['-y'] }]],
  ])('is refused with %s', (_, rungs) => {
    expect(() => parseLadder(ladder(rungs))).toThrow(
      expect.objectContaining({ code: 'INVALID_DOCUMENT' }) as Error,
    );
  });

  test('of open9 reads', async () => {
    const text = await readFile(new URL('../../../datasets/open9/ladder.json', import.meta.url));
    expect(parseLadder(text).rungs).toHaveLength(8);
  });
});

describe.skipIf(!hasFfmpeg)('encoding', () => {
  test('gives renditions with their manifest, and keeps those that are there and are the recorded ones', async () => {
    const folder = await temporaryFolder();
    const references: string[] = [];
    for (const source of [0, 1])
      references.push(
        await put(join(folder, `s${source}.y4m`), clip(source, 0, { width: 64, height: 48, frames: 3 })),
      );
    const file = await put(
      join(folder, 'ladder.json'),
      ladder([RUNG, { name: 'half', codec: 'libx264', bitrate: '90k', height: '1/2' }]),
    );
    const out = join(folder, 'renditions');
    const encode = () => encodeLadder({ references, ladder: file, out, workers: 2, license: 'CC0-1.0' });
    expect(await encode()).toMatchObject({ renditions: 4, reused: 0 });
    const { pairs } = await readCorpusManifest(join(out, 'corpus.csv'));
    expect(pairs.map(({ disBasename }) => disBasename)).toEqual([
      's0_a.mkv',
      's0_half.mkv',
      's1_a.mkv',
      's1_half.mkv',
    ]);
    const records = await readFile(join(out, 'encodes.json'), 'utf8');
    expect(JSON.parse(records)).toMatchObject({
      encodes: [{ output: 's0_a.mkv', version: expect.stringContaining('ffmpeg') as unknown }, {}, {}, {}],
    });
    expect(records).not.toContain(folder);

    expect(await encode()).toMatchObject({ reused: 4 });
    await appendFile(join(out, 's0_a.mkv'), 'x');
    await rm(join(out, 's1_half.mkv'));
    expect(await encode()).toMatchObject({ reused: 2 });
    // one ffmpeg, one thread: the same bytes again
    expect(await readFile(join(out, 'encodes.json'), 'utf8')).toBe(records);
    await put(file, ladder([{ ...RUNG, crf: 31 }]));
    expect(await encode()).toMatchObject({ renditions: 2, reused: 0 });
  });

  test('of what is no video is one error, and leaves no rendition', async () => {
    const folder = await temporaryFolder();
    const reference = await put(join(folder, 'text.mp4'), 'no video');
    const file = await put(join(folder, 'ladder.json'), ladder([RUNG]));
    const encoding = encodeLadder({ references: [reference], ladder: file, out: join(folder, 'out') });
    await expect(encoding).rejects.toMatchObject({ code: 'ENCODE_FAILED' });
    await expect(readFile(join(folder, 'out', 'text_a.mkv'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
