import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '../../src/logs/log-features.ts';
import { readVmafLog } from '../../src/logs/log-file.ts';
import { TableError } from '../../src/errors.ts';
import { temporaryFolder } from '../helpers/table-files.ts';

const folder = temporaryFolder();

async function refusal(source: string | Uint8Array): Promise<string> {
  const error: unknown = await readVmafLog(source).catch((thrown: unknown) => thrown);
  if (error instanceof TableError) return `${error.code}: ${error.message}`;
  throw new Error(`expected a TableError, got ${String(error)}`);
}

const json = (metrics: string, frame = 0): string => `{"frameNum": ${frame}, "metrics": {${metrics}}}`;
const jsonLog = (...frames: string[]): string => `{"fps": null, "frames": [${frames.join()}]}`;
const xml = (attributes: string): string => `<frame ${attributes} />`;
const xmlLog = (...frames: string[]): string =>
  `<VMAF version="3"><frames>${frames.join('')}</frames></VMAF>`;

const REFUSED: Readonly<Record<string, readonly [text: string | Uint8Array, code: RegExp]>> = {
  'an empty file': ['', /^NOT_A_LOG/],
  'another kind of text': ['frame: 0|vmaf: 90|', /^NOT_A_LOG: .*--json, --xml or --csv/],
  'a picture': [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff), /^NOT_A_LOG: .*no text in UTF-8/],
  'UTF-16': [Buffer.from('\ufeffFrame,vmaf,\n', 'utf16le'), /^NOT_A_LOG: .*UTF-16/],
  'UTF-16 without its mark': [Buffer.from('{"frames": []}', 'utf16le'), /^NOT_A_LOG: .*UTF-16/],
  'a null byte in a name': ['Frame,vm\0af,\n0,90,\n', /^DAMAGED: .*null byte after 8/],
  'text of run_vmaf': ['Asset: {}\nExecutor: VMAF\nFrame 0: VMAF_score:90\n', /^NOT_A_LOG: .*--out-fmt json/],
  'a table of ffmpeg-quality-metrics': ['n,vmaf\n1,90\n', /^NOT_A_LOG: .*ffmpeg-quality-metrics/],
  'a web page': ['<!doctype html><html></html>', /^NOT_A_LOG: .*web page/],
  'a table of a spreadsheet': ['Frame;vmaf\n0;86,5\n', /^NOT_A_LOG: .*spreadsheet/],
  'another kind of JSON': ['{"models": []}', /^NOT_A_LOG: .*without "frames"/],
  'another kind of XML': ['<html><body/></html>', /^NOT_A_LOG: .*web page/],
  'JSON without a frame': [jsonLog(), /^NO_ROWS/],
  'XML without a frame': [xmlLog(), /^NO_ROWS/],
  'CSV without a frame': ['Frame,vmaf,\n', /^NO_ROWS/],
  'JSON cut short': [jsonLog(json('"vmaf": 90')).slice(0, -9), /^DAMAGED: .*cut short/],
  'JSON cut short in a string': ['{"version": "3', /^DAMAGED: .*cut short/],
  'XML cut short': [xmlLog(xml('frameNum="0" vmaf="90"')).slice(0, -9), /^DAMAGED: .*cut short/],
  'XML cut short in a tag': ['<VMAF version="3"><frames><frame frameNum="0', /^DAMAGED: .*cut short/],
  'CSV cut short in a line': ['Frame,adm2,vmaf,\n0,0.9,90,\n1,0.8,8', /^DAMAGED: .*line 3, expected 4/],
  'a CSV line without one of its values': ['Frame,a,b,\n0,1,2,\n1,2,\n', /^DAMAGED: .*others moved/],
  'text after JSON': [`${jsonLog(json('"vmaf": 90'))} {}`, /^DAMAGED/],
  'a trailing comma in JSON': [jsonLog(json('"vmaf": 90,')), /^DAMAGED/],
  'a bad escape in JSON': [jsonLog(json('"vm\\xaf": 90')), /^DAMAGED/],
  'a metric twice in JSON': [jsonLog(json('"vmaf": 90, "vmaf": 91')), /^DAMAGED: .*repeats the key "vmaf"/],
  'a metric twice in XML': [xmlLog(xml('frameNum="0" vmaf="90" vmaf="91"')), /^DAMAGED: .*repeated/],
  'a metric twice in CSV': ['Frame,vmaf,adm2,vmaf,\n0,1,2,3,\n', /^DAMAGED: .*more than one column vmaf$/],
  'all metrics twice in a JSON frame': [
    '{"frames": [{"frameNum": 0, "metrics": {"vmaf": 1}, "metrics": {"vmaf": 2}}]}',
    /^DAMAGED: .*"metrics"/,
  ],
  'a frame twice': [jsonLog(json('"a": 1', 3), json('"a": 1', 3)), /^DAMAGED: .*frame 3 after frame 3/],
  'frames out of order': ['Frame,a,\n5,1,\n0,1,\n', /^DAMAGED: .*frame 0 after frame 5/],
  'a JSON frame without a number': ['{"frames": [{"metrics": {"a": 1}}]}', /^DAMAGED: .*frameNum/],
  'a JSON frame of nothing': ['{"frames": [{}]}', /^DAMAGED: .*frameNum/],
  'an XML frame without a number': [xmlLog(xml('vmaf="90"')), /^DAMAGED: .*frameNum/],
  'half a frame number': [jsonLog(json('"a": 1', 0.5)), /^DAMAGED: .*0.5/],
  'a negative frame number': ['Frame,a,\n-1,1,\n', /^DAMAGED: .*-1/],
  'a text for a frame number': ['Frame,a,\nfirst,1,\n', /^DAMAGED: .*frame number first/],
  'a frame number beyond 32 bits': [xmlLog(xml('frameNum="4294967295" a="1"')), /^DAMAGED: .*4294967295/],
  'a text for a value in JSON': [jsonLog(json('"vmaf": "90"')), /^DAMAGED: .*expected a number/],
  'a text for a value in XML': [xmlLog(xml('frameNum="0" vmaf="high"')), /^DAMAGED: .*"high"/],
  'a text for a value in CSV': ['Frame,vmaf,\n0,high,\n', /^DAMAGED: .*"high"/],
  'a hexadecimal value': ['Frame,vmaf,\n0,0x10,\n', /^DAMAGED: .*"0x10"/],
  'no value in CSV': ['Frame,vmaf,adm2,\n0,,0.9,\n', /^DAMAGED: .*vmaf ""/],
  'frames of ffprobe': ['{"frames": [{"media_type": "video", "pts": 1}]}', /^NOT_A_LOG: .*ffprobe/],
  'a description of a clip': ['{"streams": [], "format": {}}', /^NOT_A_LOG: .*ffprobe/],
  'pooled scores': ['{"VMAF score": 90.1}', /^NOT_A_LOG: .*pooled/],
  'a model': ['{"model_dict": {}, "param_dict": {}}', /^NOT_A_LOG: .*model of libvmaf/],
  'scores of this program': ['{"schema": "vqforge-scores-v1", "clips": []}', /^NOT_A_LOG: .*vqforge/],
  'subtitles of libvmaf': ['{0}{1}frame: 0|integer_adm2: 0.95|vmaf: 86.5|', /^NOT_A_LOG: .*sub format/],
  "ffmpeg's psnr": ['n:1 mse_avg:0.32 mse_y:0.30 psnr_avg:53.0', /^NOT_A_LOG: .*psnr filter/],
  "ffmpeg's ssim": ['n:1 Y:0.99 U:0.99 V:0.99 All:0.99 (22.1)', /^NOT_A_LOG: .*ssim filter/],
  'a table': [Buffer.from('PAR1    PAR1'), /^NOT_A_LOG: .*parquet/],
  'an open quote in CSV': ['Frame,vmaf,\n0,"90,\n', /^DAMAGED/],
  'an XML element never closed': ['<VMAF><frames></VMAF>', /^DAMAGED/],
  'an XML attribute without quotes': [xmlLog(xml('frameNum=0')), /^DAMAGED/],
};

describe('refused with a code', () => {
  test.each(Object.entries(REFUSED))('%s', async (_what, [text, code]) => {
    expect(await refusal(typeof text === 'string' ? Buffer.from(text) : text)).toMatch(code);
  });

  test('files that are not there, not files, or too large', async () => {
    expect(await refusal(folder.path('none.json'))).toMatch(/^FILE_NOT_FOUND: .*none.json/);
    expect(await refusal(folder.path('.'))).toMatch(/^UNREADABLE/);
    expect(await refusal(new Uint8Array(256 * 2 ** 20 + 1))).toMatch(/^TOO_LARGE/);
  });

  test.skipIf(process.platform === 'win32')('a named pipe without a writer', async () => {
    execFileSync('mkfifo', [folder.path('pipe')]);
    expect(await refusal(folder.path('pipe'))).toMatch(/^UNREADABLE/);
  });
});

describe('hostile texts end soon and without much memory', () => {
  const size = 2_000_000;
  const repeated = (head: string, unit: string, tail = ''): Buffer =>
    Buffer.from(head + unit.repeat(Math.floor(size / unit.length)) + tail);
  const numbered = (head: string, unit: (i: number) => string, tail: string): Buffer =>
    Buffer.from(head + Array.from({ length: size / 10 }, (_, i) => unit(i)).join('') + tail);
  const entities = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};">`).join('');

  const HOSTILE: Readonly<Record<string, readonly [bytes: Buffer, code: RegExp]>> = {
    'arrays in arrays': [repeated('{"frames":', '['), /^DAMAGED: .*(nests deeper|expected)/],
    'arrays in arrays that are skipped': [repeated('{"x":', '['), /^DAMAGED: .*nests deeper/],
    'objects in objects': [repeated('', '{"x":'), /^DAMAGED: .*nests deeper/],
    'elements in elements': [repeated('<VMAF>', '<a>', '</VMAF>'), /^DAMAGED: .*nests deeper/],
    'entities of entities': [
      Buffer.from(`<!DOCTYPE VMAF [<!ENTITY e0 "1">${entities}]>${xmlLog(xml('frameNum="&e30;"'))}`),
      /^DAMAGED: .*document type/,
    ],
    'an entity of a file': [
      Buffer.from('<!DOCTYPE VMAF [<!ENTITY e SYSTEM "file:///etc/passwd">]><VMAF>&e;</VMAF>'),
      /^DAMAGED: .*document type/,
    ],
    'a metric of its own in every frame': [
      Buffer.from(jsonLog(...Array.from({ length: 2000 }, (_, i) => json(`"m${i % 1000}": 1`, i)))),
      /^DAMAGED: .*lacks most metrics/,
    ],
    'a million metrics in JSON': [
      numbered('{"frames":[{"frameNum":0,"metrics":{', (i) => `"${i}":1,`, '"x":1}}]}'),
      /^DAMAGED: .*more than 1024 metrics/,
    ],
    'a million metrics in XML': [
      numbered('<VMAF><frame frameNum="0" ', (i) => `a${i}="1" `, '/></VMAF>'),
      /^DAMAGED: .*262144/,
    ],
    'a million metrics in CSV': [numbered('Frame,', (i) => `m${i},`, '\n'), /^DAMAGED/],
    'a million elements': [repeated('<VMAF>', '<metric/>', '</VMAF>'), /^DAMAGED: .*2048 elements/],
    'brackets that never close': [repeated('<VMAF', '<', ''), /^DAMAGED/],
    'a quote that never closes': [repeated('Frame,vmaf,\n0,"', '9', ''), /^DAMAGED/],
    'a million digits that are no number': [repeated('Frame,vmaf,\n0,', '9', 'x,\n'), /^DAMAGED/],
    'a million digits that are no number in XML': [
      Buffer.from(xmlLog(xml(`frameNum="0" vmaf="${'9'.repeat(250_000)}x"`))),
      /^DAMAGED/,
    ],
    'a blank megabyte': [repeated('', ' ', '{}'), /^NOT_A_LOG/],
  };
  test.each(Object.entries(HOSTILE))('%s', async (_what, [bytes, code]) => {
    expect(await refusal(bytes)).toMatch(code);
  });

  test('names of metrics reach no prototype', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const log = await readVmafLog(Buffer.from(jsonLog(json(names.map((name) => `"${name}": 1`).join()))));
    expect([...log.metrics.keys()]).toEqual(names);
    expect(await refusal(Buffer.from(xmlLog(xml('frameNum="0" __proto__="x"'))))).toMatch(/^DAMAGED/);
  });

  test('text of the file in a message breaks no line', async () => {
    for (const text of [
      xmlLog(xml('frameNum="0" vmaf="9\n\n0"')),
      'Frame,vmaf,\n0,"9\n\n0",\n',
      '<VMAF><\n<\n></VMAF>',
    ])
      expect(await refusal(Buffer.from(text))).not.toContain('\n');
  });

  test('a long name does not make a long message', async () => {
    const name = 'x'.repeat(100_000);
    expect((await refusal(Buffer.from(`Frame,${name},\n0,y,\n`))).length).toBeLessThan(300);
    expect((await refusal(Buffer.from(xmlLog(xml(`frameNum="0" ${name}="y"`))))).length).toBeLessThan(300);
  });
});

test('what other programs make of a log is still one', async () => {
  const read = async (text: string): Promise<number[]> => [
    ...(await readVmafLog(Buffer.from(text))).metrics.get('vmaf')!,
  ];
  expect(await read('\ufeffFrame,vmaf\r\n0,90\r\n1,80.5\r\n')).toEqual([90, 80.5]); // a spreadsheet
  expect(await read('"Frame","vmaf"\n"0","90"\n\n')).toEqual([90]);
  expect(await read(`\ufeff  ${jsonLog(json('"vmaf": 9e1'))}`)).toEqual([90]);
  expect(
    await read(`<?xml version="1.0"?>\n<!-- mine -->\n${xmlLog(xml('frameNum="0" vmaf="90"'))}\n`),
  ).toEqual([90]);
});

test('a character reference is what it stands for', async () => {
  const log = await readVmafLog(Buffer.from(xmlLog(xml('frameNum="0" vmaf="&#57;0"'))));
  expect([...log.metrics.get('vmaf')!]).toEqual([90]);
});

test('what is not finite, as C runtimes print it, is a value that is not there', async () => {
  const spellings = [
    'nan',
    '-nan',
    '-nan(ind)',
    'nan(snan)',
    'nan(0x8000000000000)',
    'NaN',
    'inf',
    '-inf',
    'Infinity',
  ].concat(['-1.#IND', '1.#QNAN', '-1.#IND00', '1.#INF000', '-1.#INF', '+inf', '1.#SNAN']);
  for (const text of spellings)
    for (const log of [
      jsonLog(json(`"adm2": 1, "psnr_hvs": ${text}, "vmaf": 90`)),
      xmlLog(xml(`frameNum="0" adm2="1" psnr_hvs="${text}" vmaf="90"`)),
      `Frame,adm2,psnr_hvs,vmaf,\n0,1,${text},90,\n`,
    ]) {
      const { metrics } = await readVmafLog(Buffer.from(log));
      expect({ [text]: [...metrics.get('psnr_hvs')!] }).toEqual({ [text]: [NaN] });
      expect([...metrics.get('vmaf')!]).toEqual([90]);
    }
  for (const text of ['nanny', 'information', '1.#', '0x1p3', '-', 'nan('])
    expect(await refusal(Buffer.from(jsonLog(json(`"vmaf": ${text}`))))).toMatch(/^DAMAGED/);
});

describe('logs of other programs in which the features are', () => {
  const frame = '"VMAF_feature_adm2_score": 0.95, "VMAF_feature_motion2_score": 5, "VMAF_score": 86.5';
  test.each([
    ["run_vmaf's JSON", `{"executorId": "V", "frames": [{"frameNum": 0, ${frame}}], "aggregate": {}}`],
    ['with the number of the frame last', `{"frames": [{${frame}, "frameNum": 0}]}`],
    [
      "run_vmaf's XML",
      `<result executorId="V"><asset identifier="x"/><frames><frame frameNum="0" ${frame.replaceAll(/"(\w+)": ([\d.]+),?/g, '$1="$2"')}/></frames><aggregate VMAF_score="86.5"/></result>`,
    ],
    [
      'ffmpeg-quality-metrics',
      '{"psnr": [{"n": 1}], "vmaf": [{"integer_adm2": 0.95, "motion2": 5, "vmaf": 86.5, "n": 1}]}',
    ],
  ])('%s', async (_what, text) => {
    const log = await readVmafLog(Buffer.from(text));
    expect([...log.frames]).toEqual([0]);
    expect([...featuresOf(log, ['adm2', 'motion2', 'vmaf'])]).toEqual([0.95, 5, 86.5]);
  });
});

test('a path is named in messages', async () => {
  const path = folder.path('odd.log');
  await writeFile(path, 'nothing');
  expect(await refusal(path)).toContain(path);
});
