import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '@vqforge/base';
import { describeCorpus, NamePattern, readCorpusManifest } from '@vqforge/corpus';
import { put } from './clips.ts';
import { temporaryFolder } from './folders.ts';

const places = (pattern: string, name: string): unknown => {
  const found = new NamePattern(pattern).match(name);
  return found === undefined ? undefined : Object.fromEntries(found);
};

describe('a pattern of names', () => {
  test('reads what its places hold, earlier places as much as they can', () => {
    expect(places('{source}_{codec}_crf{crf}.mkv', 'city_at_night_x264_crf30.mkv')).toEqual({
      source: 'city_at_night',
      codec: 'x264',
      crf: '30',
    });
    expect(places('{source}/{codec}/{crf}.mp4', 'a b/av1/5.mp4')).toEqual({
      source: 'a b',
      codec: 'av1',
      crf: '5',
    });
    expect(places('{source}_ref.{ext}', 'a_ref_ref.y4m')).toEqual({ source: 'a_ref', ext: 'y4m' });
    expect(places('{source}.(a+)+', 'x.(a+)+')).toEqual({ source: 'x' });
  });

  test.each([
    ['{source}_{crf}.mkv', '_30.mkv'],
    ['{source}_{crf}.mkv', 'a/b_30.mkv'],
    ['{source}_{crf}.mkv', 'a_30.mkv.part'],
    ['{source}_{crf}.mkv', ''],
  ])('%s does not fit %s', (pattern, name) => {
    expect(places(pattern, name)).toBeUndefined();
  });

  test.each(['clip.y4m', '{source}{codec}', '{source}_{source}', '', `{a}${'_{b}'.repeat(20)}`])(
    '%s is refused',
    (pattern) => {
      expect(() => new NamePattern(pattern)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
      );
    },
  );

  test('reads any name in a time that grows with its square at most', () => {
    const pattern = new NamePattern(`${Array.from({ length: 16 }, (_, at) => `{p${at}}`).join('a')}b`);
    // exponential readings of this name would not end
    expect(pattern.match('a'.repeat(255))).toBeUndefined();
  });
});

describe('a folder of clips', () => {
  test('becomes a manifest with digests that reads back', async () => {
    const folder = await temporaryFolder();
    const clips = [
      'r/a_ref.y4m',
      'd/a_x264_30.mkv',
      'd/a_vp9_40.mkv',
      'r/b, c_ref.y4m',
      'd/b, c_x264_30.mkv',
      'notes.txt',
    ];
    for (const path of clips) await put(join(folder, path), path);
    const out = join(folder, 'corpus.csv');
    const described = await describeCorpus({
      folder,
      out,
      pattern: '{source}_{codec}_{crf}.mkv',
      reference: '{source}_ref.{ext}',
      license: 'CC0-1.0',
    });
    expect(described).toEqual({ sources: 2, pairs: 3, others: ['notes.txt'] });
    const { pairs, rights, extraColumns } = await readCorpusManifest(out);
    expect(extraColumns).toEqual(['codec', 'crf']);
    expect(rights.get('b, c')?.license).toBe('CC0-1.0');
    expect(pairs.map(({ source, disBasename }) => [source, disBasename])).toEqual([
      ['a', 'a_vp9_40.mkv'],
      ['a', 'a_x264_30.mkv'],
      ['b, c', 'b, c_x264_30.mkv'],
    ]);
    expect(pairs[2]).toMatchObject({
      reference: 'r/b, c_ref.y4m',
      referenceSha256: sha256('r/b, c_ref.y4m'),
      distortedSha256: sha256('d/b, c_x264_30.mkv'),
    });
  });

  test('is refused without pairs, without a reference and with two references of one source', async () => {
    const folder = await temporaryFolder();
    const options = {
      folder,
      out: join(folder, 'corpus.csv'),
      pattern: '{source}_{crf}.mkv',
      reference: '{source}.y4m',
    };
    await expect(describeCorpus(options)).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    await put(join(folder, 'a_30.mkv'), 'x');
    await expect(describeCorpus(options)).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
      message: expect.stringContaining('a_30.mkv') as unknown,
    });
    await put(join(folder, 'one/a.y4m'), 'x');
    await put(join(folder, 'two/a.y4m'), 'x');
    await expect(describeCorpus(options)).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
      message: expect.stringContaining('both references') as unknown,
    });
    await expect(readFile(options.out)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
