// Logs of libvmaf as its versions, ffmpeg and other tools write and people damage them, made from seeds, through `features import`.
// Each is made from numbers that are known, so it is known too whether it is to be read, to which table, or to be refused.
// node tools/long/hostile-logs.mjs [logs, 3000] [seed, 1]
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFeatureTable } from '@vqforge/table';
import { generator } from '../lib/generator.mjs';
import { SharedCommands } from '../lib/shared-commands.mjs';

const [count = 3000, seed = 1] = process.argv.slice(2).map(Number);
const random = generator(seed);
const below = (limit) => Math.floor(limit * random());
const pick = (list) => list[below(list.length)];
const shuffled = (list) =>
  list
    .map((item) => [random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

const NEEDED = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'];
const EXTRAS = ['psnr_y', 'psnr_hvs', 'float_ssim', 'cambi', 'ciede2000', 'adm_scale1'];
const MODELS = [
  'json_vmaf',
  'vmaf_neg',
  'phone',
  'vmaf_bagging',
  'vmaf_stddev',
  'mos',
  '__proto__',
  'constructor',
];
/** C runtimes: glibc, musl, macOS, Windows before and after 2015. */
const NOT_FINITE = [
  'nan',
  '-nan',
  'NAN',
  '-nan(ind)',
  'nan(snan)',
  'nan(0x8000000000000)',
  '1.#QNAN',
  '-1.#IND00',
  '1.#SNAN',
  '1.#INF',
  '-1.#INF000000',
  'inf',
  '-inf',
  'INF',
  'Infinity',
  '-infinity',
];
const FOREIGN = {
  'sub format': '{0}{1}frame: 0|integer_adm2: 0.95|vmaf: 86.5|\n',
  'psnr filter': 'n:1 mse_avg:0.52 mse_y:0.63 psnr_avg:50.96 psnr_y:50.12 \n',
  'ssim filter': 'n:1 Y:0.99 U:0.98 V:0.97 All:0.98 (20.1)\n',
  'metadata filter': 'frame:0    pts:0       pts_time:0\nlavfi.psnr.mse.y=0.34\n',
  'messages of ffmpeg':
    'ffmpeg version 7.1 Copyright (c) 2000-2024\n[Parsed_libvmaf_0 @ 0x55] VMAF score: 93.2\n',
  'ffprobe, JSON': '{"frames": [{"media_type": "video", "pts": 0, "width": 64}]}',
  'ffprobe, XML':
    '<?xml version="1.0"?><ffprobe><frames><frame media_type="video" pts="0"/></frames></ffprobe>',
  'ffprobe, CSV': 'frame,video,0,1,0,0.000000\n',
  'run_vmaf, text':
    'Asset: {"asset_dict": {}}\nExecutor: VMAF_V0.6.1\nResult:\nFrame 0: VMAF_feature_adm2_score:0.934\n',
  'ffmpeg-quality-metrics, CSV': 'n,mse_avg,vmaf,integer_adm2\n1,0.4,93.1,0.95\n',
  'a spreadsheet, semicolons': 'Frame;integer_adm2;vmaf\n0;0,95;86,5\n',
  'a spreadsheet, tabs': 'Frame\tinteger_adm2\tvmaf\n0\t0.95\t86.5\n',
  'pooled scores': '{"VMAF score": 93.2, "aggregate": {"vmaf": 93}}',
  'a model': '{"model_dict": {"model_type": "LIBSVMNUSVR"}}',
  'a Y4M clip': 'YUV4MPEG2 W64 H64 F25:1\nFRAME\n',
  'a web page': '<!doctype html><html><body>404</body></html>',
  'an empty object': '{}',
  'an empty list': '[]',
  nothing: '',
};

const number = () => Number((random() * pick([1, 1, 60, 100])).toFixed(6));
const spell = (value) =>
  typeof value === 'string' ? value : pick([String(value), value.toFixed(6), value.toExponential()]);
const spelling = (name) =>
  EXTRAS.includes(name) || name === 'vmaf' || MODELS.includes(name)
    ? name
    : pick([`integer_${name}`, `integer_${name}`, name]);

/** Frames of numbers: names in order, rows of frame number and values. */
function drawn() {
  const names = [
    ...NEEDED.map(spelling),
    ...EXTRAS.filter(() => random() < 0.3),
    'vmaf',
    ...MODELS.filter(() => random() < 0.15),
  ];
  let frame = pick([0, 0, 0, 1, 7]);
  const step = pick([1, 1, 1, 5]);
  const rows = Array.from({ length: 1 + below(12) }, () => {
    const row = { frame, values: new Map(names.map((name) => [name, number()])) };
    frame += step + (random() < 0.05 ? 3 : 0);
    return row;
  });
  return { names, rows };
}

const WRITERS = {
  json: ({ names, rows }) => {
    const metrics = (values) =>
      names
        .filter((name) => values.has(name))
        .map((name) => `${JSON.stringify(name)}: ${spell(values.get(name))}`)
        .join(pick([', ', ',\n        ']));
    const frames = rows
      .map(({ frame, values }) => `{"frameNum": ${frame}, "metrics": {${metrics(values)}}}`)
      .join(',\n');
    const members = [
      '"version": "3.0.0"',
      '"fps": 123.4',
      `"frames": [${frames}]`,
      '"pooled_metrics": {"vmaf": {"min": 1, "mean": nan}}',
      '"aggregate_metrics": {}',
    ];
    return `{${(random() < 0.3 ? shuffled(members) : members).join(',\n')}}`;
  },
  'run_vmaf json': ({ names, rows }) => {
    const frames = rows.map(({ frame, values }) => {
      const members = [
        `"frameNum": ${frame}`,
        ...names
          .filter((name) => values.has(name))
          .map(
            (name) =>
              `"${name === 'vmaf' ? 'VMAF_score' : MODELS.includes(name) ? name : `VMAF_feature_${name.replace('integer_', '')}_score`}": ${spell(values.get(name))}`,
          ),
      ];
      return `{${shuffled(members).join(', ')}}`;
    });
    return `{"executorId": "VMAF_V0.6.1", "asset": {"identifier": "x"}, "frames": [${frames.join()}], "aggregate": {"VMAF_score": 86.5}}`;
  },
  xml: ({ names, rows }) => {
    const quote = pick(['"', '"', "'"]);
    const frames = rows.map(({ frame, values }) => {
      const attributes = names
        .filter((name) => values.has(name))
        .map((name) => `${name}=${quote}${spell(values.get(name))}${quote}`);
      return `    <frame frameNum="${frame}" ${attributes.join(' ')}${pick([' />', '/>', '></frame>'])}`;
    });
    const prolog = pick(['', '', '<?xml version="1.0" encoding="UTF-8"?>\n', '<!-- by hand -->\n']);
    return `${prolog}<VMAF version="3.0.0">\n  <params qualityWidth="64" qualityHeight="64" />\n  <fyi fps="12.5" />\n  <frames>\n${frames.join('\n')}\n  </frames>\n  <pooled_metrics><metric name="vmaf" min="1" mean="nan" /></pooled_metrics>\n</VMAF>\n`;
  },
  csv: ({ names, rows }) => {
    const quoted = random() < 0.2 ? (text) => `"${text}"` : (text) => text;
    const end = pick([',', ',', '']);
    const line = (fields) => fields.map(quoted).join(',') + end;
    return (
      [
        line(['Frame', ...names]),
        ...rows.map(({ frame, values }) =>
          line([
            String(frame),
            ...names.filter((name) => values.has(name)).map((name) => spell(values.get(name))),
          ]),
        ),
      ].join('\n') + pick(['\n', '\n', ''])
    );
  },
};

/** What people and programs do to a log: what is to be read then, or that nothing is. */
const KINDS = {
  whole: (log, write) => ({ bytes: write(log), reads: log }),
  'a byte order mark': (log, write) => ({ bytes: `\ufeff${write(log)}`, reads: log }),
  'lines of Windows': (log, write) => ({ bytes: write(log).replaceAll('\n', '\r\n'), reads: log }),
  'blank space around it': (log, write, format) =>
    format === 'xml' || format === 'csv' ? undefined : { bytes: `\n\t ${write(log)}\n\n`, reads: log },
  'not finite, not needed': (log, write) => {
    const name = pick(EXTRAS);
    if (!log.names.includes(name)) log.names.push(name);
    for (const row of log.rows) row.values.set(name, number());
    pick(log.rows).values.set(name, pick(NOT_FINITE));
    return { bytes: write(log), reads: { ...log, names: log.names.filter((other) => other !== name) } };
  },
  'not finite, needed': (log, write) => {
    pick(log.rows).values.set(
      pick(log.names.filter((name) => name === 'vmaf' || isNeeded(name))),
      pick(NOT_FINITE),
    );
    return { bytes: write(log), code: 'INVALID_VALUES' };
  },
  'needed and missing in a frame': (log, write, format) => {
    pick(log.rows).values.delete(pick(log.names.filter(isNeeded)));
    return {
      bytes: write(log),
      code: format === 'csv' ? 'DAMAGED' : log.rows.length === 1 ? 'MISSING_METRIC' : 'INVALID_VALUES',
    };
  },
  'needed and missing': (log, write) => {
    const name = pick(log.names.filter((other) => other === 'vmaf' || isNeeded(other)));
    return {
      bytes: write({ ...log, names: log.names.filter((other) => other !== name) }),
      code: 'MISSING_METRIC',
      isCsv: true,
    };
  },
  'a frame twice': (log, write) => {
    log.rows.splice(below(log.rows.length), 0, pick(log.rows));
    return { bytes: write(log), code: 'DAMAGED' };
  },
  'frames out of order': (log, write) => {
    if (log.rows.length === 1) return undefined;
    log.rows.push(log.rows.shift());
    return { bytes: write(log), code: 'DAMAGED' };
  },
  'a metric twice': (log, write, format) => {
    log.names.push(pick(log.names));
    return { bytes: write(log), code: 'DAMAGED', format };
  },
  'under two spellings': (log, write, format) => {
    if (format === 'run_vmaf json') return undefined;
    const name = pick(log.names.filter(isNeeded));
    const other = name.startsWith('integer_') ? name.slice(8) : `integer_${name}`;
    log.names.push(other);
    for (const row of log.rows) row.values.set(other, number());
    return { bytes: write(log), code: 'AMBIGUOUS_METRIC' };
  },
  'a text for a value': (log, write) => {
    pick(log.rows).values.set(pick(log.names), pick(['high', '0x10', '1,5', '12 %', '--1', '1e', '.']));
    return { bytes: write(log), code: 'DAMAGED' };
  },
  'cut short': (log, write, format) => {
    const text = write(log).trimEnd();
    const at = 1 + below(text.length - 1);
    // whole lines of CSV are a log of fewer frames
    if (format === 'csv')
      return {
        bytes: `${text.slice(0, text.lastIndexOf('\n') + 1)}${text
          .slice(text.lastIndexOf('\n') + 1)
          .split(',')
          .slice(0, 3)
          .join(',')}`,
        code: 'DAMAGED',
      };
    return { bytes: text.slice(0, at), codes: ['DAMAGED', 'NOT_A_LOG'] };
  },
  'something behind it': (log, write, format) =>
    format === 'csv'
      ? undefined
      : { bytes: write(log) + pick(['{}', 'x', '<a/>', ']']), codes: ['DAMAGED', 'NOT_A_LOG'] },
  'another encoding': (log, write) => ({
    bytes: Buffer.from(pick(['', '\ufeff']) + write(log), 'utf16le'),
    code: 'NOT_A_LOG',
  }),
  'a null byte': (log, write) => {
    const text = write(log);
    const at = below(text.length);
    return {
      bytes: `${text.slice(0, at)}\0${text.slice(at)}`,
      codes: ['DAMAGED', 'NOT_A_LOG', 'MISSING_METRIC'],
    };
  },
  'no frame': (log, write) => ({ bytes: write({ ...log, rows: [] }), code: 'NO_ROWS' }),
  'of another tool': () => {
    const [what, text] = pick(Object.entries(FOREIGN));
    return { bytes: text, code: 'NOT_A_LOG', what };
  },
};

function isNeeded(name) {
  return NEEDED.includes(name.replace('integer_', ''));
}

const folder = mkdtempSync(join(tmpdir(), 'vqforge-logs-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const commands = new SharedCommands();
const problems = [];
let [read, refused] = [0, 0];
for (let at = 0; at < count; at++) {
  const format = pick(Object.keys(WRITERS));
  const kind = pick(Object.keys(KINDS));
  const made = KINDS[kind](drawn(), WRITERS[format], format);
  if (made === undefined) continue;
  const [log, out] = [
    join(folder, `city_${pick(['crf28', 'ä 1', '__proto__'])}.${pick(['json', 'xml', 'csv', 'txt', 'log'])}`),
    join(folder, 't.parquet'),
  ];
  writeFileSync(log, made.bytes);
  const { code, stdout, stderr } = await commands.run(['features', 'import', log, '--out', out, '--json']);
  const problem = code === 0 ? await misread(made, stdout, out) : misrefused(made, code, stderr);
  if (code === 0) read++;
  else refused++;
  if (problem !== undefined) {
    problems.push(
      `log ${at}, ${format}, ${kind}${made.what === undefined ? '' : ` (${made.what})`}: ${problem}`,
    );
    if (problems.length <= 5) console.log(`  ${JSON.stringify(String(made.bytes).slice(0, 400))}`);
  }
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
}
await commands.close();
for (const problem of problems.slice(0, 30)) console.log(`PROBLEM ${problem}`);
console.log(
  `seed ${seed}: ${read + refused} logs, ${read} read to the numbers they were made from, ${refused} refused by code; ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;

/** What is wrong with a log that was read. */
async function misread({ reads, code, codes }, stdout, out) {
  if (reads === undefined) return `read, expected ${code ?? codes}`;
  const table = await loadFeatureTable({ paths: [out], features: 'full', teacherColumn: 'vmaf' });
  const expected = reads.names
    .filter((name) => isNeeded(name) || EXTRAS.includes(name))
    .map((name) => name.replace('integer_', ''))
    .sort();
  if (table.featureColumns.join() !== expected.join())
    return `features ${table.featureColumns.join()}, expected ${expected.join()}`;
  if (table.rows !== reads.rows.length) return `${table.rows} rows, expected ${reads.rows.length}`;
  for (const [row, { frame, values }] of reads.rows.entries()) {
    if (table.frameIndex[row] !== frame) return `frame ${table.frameIndex[row]}, expected ${frame}`;
    for (const name of reads.names.filter((other) => !MODELS.includes(other))) {
      const found = table.columns.get(name.replace('integer_', ''))[row];
      if (found !== values.get(name))
        return `${name} ${found} in frame ${frame}, expected ${values.get(name)}`;
    }
  }
  const { left_out: leftOut } = JSON.parse(stdout);
  const models = reads.names.filter((name) => MODELS.includes(name) && !leftOut.includes(name));
  return models.length > 0 ? `${models} not said to be left out` : undefined;
}

/** What is wrong with a refusal: one coded error of exit 2, and nothing left behind. */
function misrefused({ reads, code, codes = [code] }, exit, stderr) {
  if (exit !== 2) return `exit ${exit}: ${stderr.slice(0, 300)}`;
  if (reads !== undefined) return `refused: ${stderr.slice(0, 300)}`;
  const said = JSON.parse(stderr.trim().split('\n').at(-1)).error ?? {};
  if (!codes.includes(said.code))
    return `${said.code}, expected ${codes.join(' or ')}: ${stderr.slice(0, 300)}`;
  const left = readdirSync(folder).length;
  return left > 1 ? `left ${left - 1} files behind` : undefined;
}
