import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MetricsDocument, parseMetrics } from '@vqforge/artifact';
import { writeFeatureTable } from '@vqforge/table';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorLine, type Outcome, runCommand, runCommands, runShared, trainLine } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, without, writeTable, type Columns } from './tables.ts';

const cases = (name: string): string =>
  fileURLToPath(new URL(`../../table/test/fixtures/cases/${name}`, import.meta.url));

let folder: string;
let file: (name: string) => string;
beforeAll(async () => {
  folder = await temporaryFolder();
  file = (name) => join(folder, name);
});

const EVALUATE = ['--workers', '1', '--no-export'];

/** Reads a table and trains for one epoch; evaluates only. */
const train = (path: string, ...flags: string[]): string[] =>
  // beside the table that the test made, never into the repository
  trainLine(path, 1, ...EVALUATE, '--metrics-out', join(folder, 'metrics.json'), ...flags);

const renamed = (columns: Columns, names: Readonly<Record<string, string>>): Columns =>
  columns.map((column) => ({ ...column, name: names[column.name] ?? column.name }));

async function columnsUsed(outcome: Outcome): Promise<string[]> {
  expect(outcome).toMatchObject({ code: 0 });
  const { metrics } = JSON.parse(outcome.stdout) as { metrics: { feature_cols: string[] } };
  return metrics.feature_cols;
}

describe('parquet as others write it', () => {
  const score = (name: string): string[] => [
    'score',
    '--tiny-model',
    'fr_regressor_v1',
    '--features-from',
    cases(`parquet/${name}`),
    '--json',
  ];
  const framesOf = ({ code, stdout, stderr }: Outcome): unknown[] => {
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return (JSON.parse(stdout) as { frames: unknown[] }).frames;
  };

  test('row groups without rows, checksums, another name: the same scores', async () => {
    const [plain, ...others] = await runCommands(
      ['plain.parquet', 'empty_row_group.parquet', 'crc_ok.parquet', 'plain.pq'].map(score),
    );
    const expected = framesOf(plain!);
    expect(expected.length).toBe(48);
    for (const outcome of others) expect(framesOf(outcome)).toEqual(expected);
  });

  test('half floats and decimals are numbers', async () => {
    for (const outcome of await runCommands(['float16.parquet', 'decimal.parquet'].map(score)))
      expect(framesOf(outcome).length).toBe(48);
  });

  test('a page whose checksum is wrong is refused, with the page', async () => {
    const outcome = await runShared(score('crc_bad.parquet'));
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/vif_scale0.*CRC-32/);
  });

  test('a part without rows is no damage', async () => {
    const outcome = await runShared(train(cases('parquet/parts')));
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/needs at least 2 sources, the table has 1/);
    expect(outcome.stderr).toMatch(/48 rows/);
  });

  test('names that would fill memory are refused before they do', async () => {
    const outcome = await runCommand(train(cases('hostile/bigstr.parquet')), {
      node: ['--max-old-space-size=512'],
    });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/column source promises 419430907 bytes/);
  });

  test('an empty row group keeps all folds', async () => {
    const outcome = await runShared(train(cases('hostile/rg0.parquet'), '--json'));
    expect(outcome).toMatchObject({ code: 0 });
    const { metrics } = JSON.parse(outcome.stdout) as { metrics: { expected_folds: string[] } };
    expect(metrics.expected_folds).toHaveLength(3);
  });

  test('a source called __proto__, by which no JSON document can be keyed, is refused by name', async () => {
    const outcome = await runShared(train(cases('hostile/t_proto.parquet')));
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toContain('a source is called "__proto__"');
  });

  test('sources called like what every object inherits keep their folds', async () => {
    const sources = ['constructor', 'hasOwnProperty', 'toString', 'valueOf'];
    const path = await writeTable(file('inherited.parquet'), tableColumns({ sources }));
    const outcome = await runShared(train(path, '--json'));
    expect(outcome).toMatchObject({ code: 0 });
    const { metrics } = JSON.parse(outcome.stdout) as { metrics: MetricsDocument };
    expect(metrics.expected_folds).toStrictEqual(sources);
    expect(Object.keys(metrics.loso.per_fold).sort()).toStrictEqual(sources);
    expect(metrics.loso.summary.n_folds).toBe(sources.length);
    expect(parseMetrics(await readFile(join(folder, 'metrics.json'))).loso).toEqual(metrics.loso);
  });

  test('5,000 row groups of one row are read like one', async () => {
    const rows = 5000;
    const columns = tableColumns({ sources: ['a', 'b'], rows: rows / 2 });
    const path = file('groups.parquet');
    await writeFeatureTable({ path, batches: [columns], rowGroupRows: 1 });
    const whole = await writeTable(file('whole.parquet'), columns);
    const digests = await Promise.all(
      [path, whole].map(async (table) => {
        const outcome = await runShared(['dataset', 'describe', table, '--json', '--force']);
        expect(outcome).toMatchObject({ code: 0 });
        return (JSON.parse(outcome.stdout) as { manifest: { content_digest: string } }).manifest
          .content_digest;
      }),
    );
    expect(digests[0]).toBe(digests[1]);
  });
});

describe('tables as they come', () => {
  const good = tableColumns();

  test('CSV goes the same way', async () => {
    await writeTable(file('t.parquet'), good);
    const rows = Array.from(good[0]!.values, (_, row) =>
      good.map(({ values }) => String(values[row])).join(';'),
    );
    await writeFile(
      file('t.csv'),
      `\ufeff${good.map(({ name }) => name).join(';')}\r\n${rows.join('\r\n')}\r\n`,
    );
    const [csv, parquet] = await runCommands([
      train(file('t.csv'), '--json'),
      train(file('t.parquet'), '--json'),
    ]);
    expect(csv).toMatchObject({ code: 0 });
    const digest = ({ stdout }: Outcome): string =>
      (JSON.parse(stdout) as { metrics: { dataset: { content_digest: string } } }).metrics.dataset
        .content_digest;
    expect(digest(csv!)).toBe(digest(parquet!));
  });

  test.each([
    ['a short line', 'a,1\nb\n', /line 3 has 1 fields, the header 2/],
    ['text for a number', '"x",high\n', /vmaf.*"high" in line 2/],
    ['no value', 'x,\n', /vmaf has 1 null/],
    ['not a number', 'x,-nan(ind)\n', /vmaf has 1 NaN/],
  ])('CSV with %s is refused', async (what, lines, reason) => {
    const path = file(`${what}.csv`);
    await writeFile(
      path,
      `source,vmaf\n${lines}`.replaceAll(/$/gm, '').replace('source,vmaf', 'source,vmaf'),
    );
    const outcome = await runShared(train(path, '--features', 'full'));
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(reason);
  });

  test('columns of other names: contents, teacher, libvmaf’s features', async () => {
    const names = {
      source: 'content',
      vmaf: 'vmaf_v0.6.1',
      adm2: 'integer_adm2',
      motion2: 'VMAF_feature_motion2_score',
    };
    const path = await writeTable(file('renamed.parquet'), renamed(good, names));
    const [mapped, teacher, without] = await runCommands([
      train(path, '--source-column', 'content', '--map', 'vmaf=vmaf_v0.6.1'),
      train(path, '--map', 'source=content', '--teacher-column', 'vmaf_v0.6.1', '--json'),
      train(path),
    ]);
    expect(mapped).toMatchObject({ code: 0 });
    expect(mapped!.stderr).toContain(
      'read under other names: source from content, vmaf from vmaf_v0.6.1, adm2 from integer_adm2, motion2 from VMAF_feature_motion2_score',
    );
    expect(await columnsUsed(teacher!)).toContain('adm2');
    expect(without).toMatchObject({ code: 2 });
    expect(errorLine(without!)).toMatch(
      /source.*vmaf \(did you mean vmaf_v0.6.1\?\).*--source-column.*--teacher-column/,
    );
    const both = await runShared(train(path, '--source-column', 'content', '--map', 'source=content'));
    expect(both).toMatchObject({ code: 2, stdout: '' });
  });

  test('full leaves out indices of rows and scores of other models, and says so', async () => {
    const index = (name: string): Columns[number] => ({
      name,
      type: 'int64',
      values: Array.from(good[0]!.values, (_, row) => BigInt(row)),
    });
    const path = await writeTable(file('index.parquet'), [
      index('__index_level_0__'),
      ...good,
      index('Unnamed: 0'),
      { ...good[3]!, name: 'vmaf_neg' },
    ]);
    const [full, json] = await runCommands([
      train(path, '--features', 'full'),
      train(path, '--features', 'full', '--json'),
    ]);
    expect(full!.stderr).toContain('6 features: adm2, ');
    expect(full!.stderr).toMatch(
      /no features: __index_level_0__ \(an index of rows\), Unnamed: 0 \(an index of rows\), vmaf_neg \(the score of a model\)/,
    );
    expect((await columnsUsed(json!)).length).toBe(6);
  });

  test('folders named by hive give their column, in parts of any name', async () => {
    for (const [i, source] of ['Cars', 'Two Words', 'b'].entries()) {
      const part = file(`hive/source=${encodeURIComponent(source)}`);
      await mkdir(part, { recursive: true });
      const columns = without(tableColumns({ sources: ['x'], seed: i + 1 }), 'source');
      await writeTable(join(part, 'part-0.parquet'), columns);
      if (i === 1) await rename(join(part, 'part-0.parquet'), join(part, '000000_0'));
    }
    await writeFile(file('hive/_SUCCESS'), '');
    const outcome = await runShared(train(file('hive'), '--json'));
    expect(outcome).toMatchObject({ code: 0 });
    const { metrics } = JSON.parse(outcome.stdout) as { metrics: { expected_folds: string[] } };
    expect(metrics.expected_folds).toEqual(['Cars', 'Two Words', 'b']);
  });
});

describe('dataset describe', () => {
  test('writes a manifest and a data card, which training and a second call go by', async () => {
    const here = file('mine');
    await mkdir(here);
    const path = await writeTable(
      join(here, 'clips.parquet'),
      renamed(tableColumns(), { source: 'content' }),
    );
    const describe = (...flags: string[]): string[] =>
      ['dataset', 'describe', path, '--source-column', 'content'].concat(flags);
    const first = await runCommand(
      describe('--license', 'CC-BY-4.0', '--attribution', 'me', '--teacher-model', 'vmaf_v0.6.1'),
    );
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/models that are trained on it: CC-BY-4.0/);
    expect((await readdir(here)).sort()).toEqual(['clips.parquet', 'data-card.md', 'manifest.json']);
    const manifest = JSON.parse(await readFile(join(here, 'manifest.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(manifest).toMatchObject({
      id: 'mine',
      rows: 180,
      teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
      column_map: ['source=content'],
      sources: ['a', 'b', 'c'].map((name) => ({
        name,
        rows: 60,
        pairs: 2,
        license: 'CC-BY-4.0',
        attribution: 'me',
      })),
    });
    expect(await readFile(join(here, 'data-card.md'), 'utf8')).toMatch(
      /\| a \| 60 \| 2 \| CC-BY-4.0 \| me \|/,
    );
    const before = await listing(here);
    expect(await runShared(describe())).toMatchObject({ code: 0 });
    expect(await listing(here)).toEqual(before);
    const trained = await runShared(train(path, '--source-column', 'content'));
    expect(trained.stderr).toMatch(/^mine: 180 rows, 3 sources, 6 pairs, teacher vmaf \(vmaf_v0.6.1\)/m);
  });

  test('licences are those of the manifest, else none; --license sets the model’s', async () => {
    const path = await writeTable(file('own.parquet'), tableColumns());
    const publish = (name: string, ...flags: string[]): string[] =>
      trainLine(path, 1, '--workers', '1')
        .concat('--out-onnx', file(`${name}/m.onnx`), '--metrics-out', file(`${name}/metrics.json`))
        .concat(flags);
    await Promise.all(['none', 'flag'].map((name) => mkdir(file(name))));
    expect(await runShared(publish('none'))).toMatchObject({ code: 0 });
    expect(await runShared(publish('flag', '--license', 'MIT'))).toMatchObject({ code: 0 });
    const license = async (name: string): Promise<unknown> =>
      (JSON.parse(await readFile(file(`${name}/m.json`), 'utf8')) as { license: unknown }).license;
    expect([await license('none'), await license('flag')]).toEqual(['NOASSERTION', 'MIT']);
  });

  test('judgements need somebody who judged', async () => {
    const mini = file('mini');
    const evaluate = ['evaluate', '--dataset', mini, '--model', 'l2', '--datasets', 'val/traditional'];
    const [made, drawn, who, people, again] = await runCommands([
      ['bapps', 'mini', '--out', mini, '--count', '4'],
      evaluate,
      ['dataset', 'describe', mini],
      ['dataset', 'describe', mini, '--judged-by', 'people'],
      evaluate,
    ]);
    expect(made).toMatchObject({ code: 0 });
    expect(drawn!.stdout).toMatch(/judged by a stated rule, not by people/);
    expect(who).toMatchObject({ code: 2, stdout: '' });
    expect(people).toMatchObject({ code: 0 });
    expect(again!.stdout).toMatch(/^judged by people$/m);
  });
});

describe('logs as others write them', () => {
  const importing = (logs: string, out: string, ...flags: string[]): string[] =>
    ['features', 'import', logs, '--out', file(out), '--json'].concat(flags);
  const result = ({ code, stdout, stderr }: Outcome): Record<string, unknown> => {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  test('the score of a model is no feature, whatever it is called', async () => {
    const [named, asked] = await runCommands([
      importing(cases('logs/named_models.json'), 'named.parquet', '--teacher', 'builtin_vmaf'),
      importing(
        cases('logs/named_models.json'),
        'asked.parquet',
        '--teacher',
        'builtin_vmaf',
        '--feature-columns',
        'adm2,json_vmaf',
      ),
    ]);
    expect(result(named!)).toMatchObject({ left_out: ['json_vmaf', 'vmaf'] });
    expect(result(asked!)).toMatchObject({ feature_columns: ['adm2', 'json_vmaf'] });
  });

  test('a teacher that the features do not tell is refused by the gate', async () => {
    await mkdir(file('leak'));
    for (const name of await readdir(cases('leak')))
      await copyFile(cases(`leak/${name}`), file(`leak/${name}`));
    const imported = await runCommand(importing(file('leak'), 'leak.parquet'));
    expect(result(imported)).toMatchObject({ left_out: ['phone'] });
    const outcome = await runShared(
      ['train', '--parquet', file('leak.parquet'), '--features', 'full', '--no-export', '--json'].concat(
        '--metrics-out',
        file('leak.json'),
      ),
    );
    expect(outcome.code).toBe(3);
  });

  test.each(['win_nan_ind.xml', 'win_nan_ind.csv', 'nan_unneeded.json'])(
    'what C runtimes print for NaN is a value that is not there: %s',
    async (name) => {
      const outcome = await runShared(importing(cases(`logs/${name}`), `${name}.parquet`, '--source', 's'));
      expect(result(outcome)).toMatchObject({ rows: 2, left_out: ['psnr_hvs'] });
    },
  );

  test('logs of other programs are read, or named for what they are', async () => {
    const [python, sub] = await runCommands([
      importing(cases('logs/python_run_vmaf.json'), 'python.parquet', '--source', 's'),
      ['features', 'import', cases('logs/sub.sub'), '--out', file('sub.parquet'), '--source', 's'],
    ]);
    expect(result(python!)).toMatchObject({ rows: 2, left_out: [] });
    expect(sub).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(sub!)).toMatch(/sub format.*no log of libvmaf/);
  });
});
