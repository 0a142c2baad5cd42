import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCorpusManifest } from '@vqforge/corpus';
import { put } from './clips.ts';
import { temporaryFolder } from './folders.ts';

const manifest = async (text: string | Uint8Array, name = 'corpus.csv') =>
  readCorpusManifest(await put(join(await temporaryFolder(), name), text));

describe('a corpus manifest', () => {
  test('is the same as CSV and as JSON lines, in the order of keys whatever the order of lines', async () => {
    const csv = await manifest(
      '# drawn up by hand\nsource,reference,distorted,crf,codec,license\nb,r/b.mp4,"d/b,1.mp4",30,x264,CC0-1.0\na,r/a.mp4,d/a.mp4,,vp9,\n',
    );
    const rows = [
      { source: 'a', reference: 'r/a.mp4', distorted: 'd/a.mp4', crf: null, codec: 'vp9' },
      {
        source: 'b',
        reference: 'r/b.mp4',
        distorted: 'd/b,1.mp4',
        crf: 30,
        codec: 'x264',
        license: 'CC0-1.0',
      },
    ];
    const json = await manifest(rows.map((row) => JSON.stringify(row)).join('\r\n'), 'corpus.jsonl');
    expect(csv.pairs).toEqual(json.pairs);
    expect(csv.pairs.map(({ source, disBasename }) => [source, disBasename])).toEqual([
      ['a', 'a.mp4'],
      ['b', 'b,1.mp4'],
    ]);
    expect(csv.extraColumns).toEqual(['codec', 'crf']);
    expect(csv.pairs[1]?.extra).toEqual(['x264', '30']);
    expect(csv.rights.get('a')).toEqual({ license: 'NOASSERTION', attribution: '' });
    expect(csv.rights.get('b')?.license).toBe('CC0-1.0');
  });

  test('names a source by its reference where it does not say', async () => {
    const { pairs } = await manifest('reference,distorted\nx/City.y4m,x/City_30.mp4\n');
    expect(pairs[0]).toMatchObject({ source: 'City', disBasename: 'City_30.mp4' });
  });

  test('has each key once, and says which lines share one', async () => {
    const text = 'source,reference,distorted\ns,r.y4m,20/x.mp4\ns,r.y4m,30/x.mp4\n';
    await expect(manifest(text)).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      message: expect.stringMatching(/lines 2 and 3 .*dis_basename/) as unknown,
    });
    const told = 'source,reference,distorted,dis_basename\ns,r.y4m,20/x.mp4,20\ns,r.y4m,30/x.mp4,30\n';
    expect((await manifest(told)).pairs).toHaveLength(2);
  });

  const digest = 'a'.repeat(64);
  const bad: readonly (readonly [string, string, string?])[] = [
    ['nothing', ''],
    ['a header alone', 'reference,distorted\n'],
    ['no reference', 'source,distorted\na,b\n'],
    ['an empty path', 'reference,distorted\na.y4m,\n'],
    ['standard input', 'reference,distorted\n-,b\n'],
    ['too few fields', 'reference,distorted,codec\na.y4m,b.y4m\n'],
    ['too many fields', 'reference,distorted\na.y4m,b,c.y4m\n'],
    ['two columns of one name', 'reference,distorted,reference\na,b,c\n'],
    ['a quote without end', 'reference,distorted\n"a,b\n'],
    ['a control character', 'reference,distorted\na\u0007,b\n'],
    ['a column of the table', 'reference,distorted,vmaf\na,b,90\n'],
    ['a column that is a feature', 'reference,distorted,vif_scale0\na,b,1\n'],
    ['a column that is no name', 'reference,distorted,a b\na,b,c\n'],
    ['a prototype', 'reference,distorted,__proto__\na,b,c\n'],
    ['a digest that is none', 'reference,distorted,reference_sha256\na,b,12\n'],
    [
      'two digests of one clip',
      `reference,distorted,reference_sha256\na,b,${digest}\na,c,${'b'.repeat(64)}\n`,
    ],
    ['two licences of one source', 'source,reference,distorted,license\ns,a,b,MIT\ns,a,c,CC0-1.0\n'],
    ['a name beyond 256 characters', `source,reference,distorted\n${'s'.repeat(257)},a,b\n`],
    ['a line beyond 64 KiB', `reference,distorted\n${'a'.repeat(70_000)},b\n`],
    [
      '65 columns',
      `reference,distorted,${Array.from({ length: 63 }, (_, at) => `c${at}`).join(',')}\n${'x,'.repeat(64)}x\n`,
    ],
    ['raw YUV without a size', 'reference,distorted,pixel_format,bitdepth\na.yuv,b.yuv,420,8\n'],
    [
      'raw YUV of no format',
      'reference,distorted,pixel_format,bitdepth,width,height\na.yuv,b.yuv,yuv420p,8,64,64\n',
    ],
    [
      'raw YUV of 9 bits',
      'reference,distorted,pixel_format,bitdepth,width,height\na.yuv,b.yuv,420,9,64,64\n',
    ],
    ['JSON that is none', '{"reference":"a","distorted":}', 'c.jsonl'],
    ['JSON that is no object', '["a","b"]', 'c.jsonl'],
    ['a nested field', '{"reference":"a","distorted":{"b":1}}', 'c.jsonl'],
    ['a repeated key', '{"reference":"a","reference":"b","distorted":"c"}', 'c.jsonl'],
    ['an ending that says nothing', 'reference,distorted\na,b\n', 'corpus.txt'],
  ];
  test.each(bad)('is refused with %s', async (_, text = '', name = 'corpus.csv') => {
    await expect(manifest(text, name)).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
  });

  test.each([
    ['Reference,distorted\na,b\n', 'rename Reference'],
    ['reference;distorted\na;b\n', 'columns are separated by commas'],
    ['reference,distorted,licence\na,b,MIT\n', 'did you mean license?'],
    ['reference,distorted,reference_sha265\na,b,c\n', 'did you mean reference_sha256?'],
  ])('that is nearly one is refused with what to do: %j', async (text, advice) => {
    await expect(manifest(text)).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
      message: expect.stringContaining(advice) as unknown,
    });
  });

  test('is text with a byte order mark, too, and sizes of clips that are not raw are columns', async () => {
    const { pairs, extraColumns } = await manifest(
      '\ufeffreference,distorted,width,height,pixel_format,bitdepth\r\na.y4m,b.y4m,64,48,,\r\nc.yuv,d.yuv,64,48,420,10\r\n',
    );
    expect(extraColumns).toEqual(['height', 'width']);
    expect(pairs.map(({ raw }) => raw)).toEqual([
      undefined,
      { width: 64, height: 48, chroma: '420', bitDepth: 10 },
    ]);
    await expect(manifest(Buffer.from('reference,distorted\na,b\n', 'utf16le'))).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
    });
  });

  test('is refused where it is no text, not there, or larger than 64 MiB', async () => {
    await expect(manifest(Uint8Array.of(0xff, 0xfe, 0x41))).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    await expect(readCorpusManifest('/nowhere/corpus.csv')).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    await expect(manifest(new Uint8Array(64 * 2 ** 20 + 1))).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
      message: expect.stringContaining('expected at most') as unknown,
    });
  });
});
