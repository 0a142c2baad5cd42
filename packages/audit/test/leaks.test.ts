import { describe, expect, test } from 'vitest';
import { leaksInBytes, leaksInJson } from '../src/leaks.ts';

describe('text', () => {
  test.each([
    ['/home/ada/vq/a.py', 'absolute path', '/home/ada/vq/a.py'],
    ['File "/Users/ada/a.py", line 89', 'absolute path', '/Users/ada/a.py'],
    ['--parquet=/mnt/x/t.parquet', 'absolute path', '/mnt/x/t.parquet'],
    ['/ada/private/t.parquet', 'absolute path', '/ada/private/t.parquet'],
    [String.raw`C:\Users\ada\t.parquet`, 'absolute path', String.raw`C:\Users\ada\t.parquet`],
    [String.raw`\\fileserver\share\t`, 'absolute path', String.raw`\\fileserver\share\t`],
    ['file:///home/ada/a', 'file URL', 'file:///home/ada/a'],
    ['from ~/models/a.onnx', 'home folder', '~/models/a.onnx'],
    ['built by ada@lab-3', 'account', 'ada@lab-3'],
    ['node ada-laptop.local is up', 'host', 'ada-laptop.local'],
    ['from 192.168.1.20', 'host', '192.168.1.20'],
  ])('%s', (text, kind, leak) => {
    expect(leaksInJson(text, [])).toContainEqual({ kind, text: leak });
  });

  test.each([
    'model/tiny/fr_regressor_v1.onnx',
    'https://github.com/home/tmp/x and https://example.org/home/ada',
    'urn:vqforge:builder:local',
    '@vqforge/cli',
    '-–/ + × ÷ / 100',
    'table → leave-one-source-out → gate',
    'application/vnd.in-toto+json',
    'PLCC 0.9999 / SROCC 0.9998',
    'AMD EPYC 7B13 64-Core Processor @ 2.45GHz',
    'vif_scale0/vif_scale1',
    'a/home/b',
    'c:d',
    '1.30.0',
    'from fastdvdnet@c8fdf61',
    '~5 % of/the rows',
    '',
  ])('nothing in %j', (text) => {
    expect(leaksInJson(text, [])).toStrictEqual([]);
  });

  test('names that somebody calls private, as words', () => {
    expect(leaksInJson('made by ada on lab-3', ['ada', 'lab-3']).map(({ text }) => text)).toStrictEqual([
      'ada',
      'lab-3',
    ]);
    expect(leaksInJson('adam and a.d.a', ['ada', 'a.*'])).toStrictEqual([]);
  });
});

test('every key and string of a document, but not its base64', () => {
  const document = {
    '/home/ada/key': 1,
    list: [{ deep: 'see /tmp/run1/x' }],
    float32_base64: '/tmp/AAAA',
    number: 7,
    nothing: null,
  };
  expect(leaksInJson(document, []).map(({ text }) => text)).toStrictEqual(['/home/ada/key', '/tmp/run1/x']);
});

describe('bytes', () => {
  test('paths between other bytes, whatever field holds them', () => {
    const bytes = Buffer.concat([
      Buffer.from([8, 1, 0xff]),
      Buffer.from('/home/ada/lpips.py'),
      Buffer.from([0, 0xfa]),
      Buffer.from(String.raw`D:\work\export.py`),
    ]);
    expect(leaksInBytes(bytes, []).map(({ text }) => text)).toStrictEqual([
      '/home/ada/lpips.py',
      String.raw`D:\work\export.py`,
    ]);
    expect(leaksInBytes(bytes, ['lpips', 'ada']).map(({ text }) => text)).toContain('lpips');
  });

  test('nothing in three megabytes of weights', () => {
    // xorshift32: the bytes of random floats, the same in every run
    let state = 0x9e3779b9;
    const words = Uint32Array.from({ length: 750_000 }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state;
    });
    expect(leaksInBytes(new Uint8Array(words.buffer), [])).toStrictEqual([]);
  });
});
