import { expect, test } from 'vitest';
import { errorLine, runCommand, runCommands } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';

const BAD_NUMBERS = ['NaN', '1e999', '0x10', '', ' 5', '5 apples', 'Infinity', '1_000', '٣'];
const NUMERIC_FLAGS: Record<string, string[]> = {
  '--epochs': ['0', '-1', '1.5', '1000001'],
  '--batch-size': ['0', '-1', '2.5', '65537'],
  '--lr': ['0', '-0.001', '1001'],
  '--weight-decay': ['-1e-9', '1001'],
  '--seed': ['-1', '0.5', '4294967296'],
  '--ship-threshold': [],
  '--workers': ['0', '-1', '257'],
};

/** Each with the text that its one line must hold. */
const MISUSES: [args: string[], says: RegExp][] = [
  [['trian'], /unknown command 'trian' \(Did you mean train\?\)/],
  [['train', '--parqet', 'x'], /unknown option '--parqet' \(Did you mean --parquet\?\)/],
  [['train', 'fr-regresor'], /fr-regresor.*fr-regressor/],
  [['train', '--parquet'], /--parquet/],
  [['train', '--engine', 'gpu'], /gpu.*wasm, native/],
  [['train', '--recipe', 'mine'], /mine.*standard, reference/],
  [['train', '--features', 'C'], /C.*canonical6, A, B, full/],
  [['train', '--feature-columns', 'adm2,,motion2'], /--feature-columns/],
  [['registry', 'show'], /missing required argument 'id'/],
  [['registry', 'list', 'extra'], /too many arguments/],
  [['registry', 'export', '--schema-version', '3'], /schema-version/],
  ...Object.entries(NUMERIC_FLAGS).flatMap(([flag, values]) =>
    [...BAD_NUMBERS, ...values].map((value): [string[], RegExp] => [
      ['train', flag, value],
      new RegExp(flag === '--lr' ? '--lr|learning rate' : flag.replaceAll('-', '.')),
    ]),
  ),
];

test('wrong usage is one line that names the flag, exit 2', async () => {
  const outcomes = await runCommands(MISUSES.map(([args]) => args));
  for (const [i, [args, says]] of MISUSES.entries()) {
    const outcome = outcomes[i]!;
    expect({ args, ...outcome }).toMatchObject({ args, code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/^vqforge: [^A-Z].*[^.]$/);
    expect(errorLine(outcome)).toMatch(says);
  }
});

test('the same with --json is one object', async () => {
  const outcomes = await runCommands(
    MISUSES.slice(0, 8).map(([[command, ...args]]) => [command!, '--json', ...args]),
  );
  for (const outcome of outcomes)
    expect(JSON.parse(errorLine(outcome))).toMatchObject({ error: { code: 'USAGE', exit_code: 2 } });
});

test('control characters of an argument do not reach the terminal', async () => {
  const outcome = await runCommand(['registry', 'list', '--registry', '/nowhere/\u001b[31m\nred\u202e']);
  expect(outcome.code).toBe(2);
  expect(errorLine(outcome)).toContain(String.raw`/nowhere/\u001b[31m red\u202e`);
});

test('without a command the help is shown, exit 2', async () => {
  const outcome = await runCommand([]);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toMatch(/^Usage: vqforge/);
});

test('feature sets other than canonical6 need an id of their own, ids are checked, outputs must lie together under their own names', async () => {
  const folder = await temporaryFolder();
  const refused: [flags: string[], says: RegExp][] = [
    ...['A', 'B', 'full'].map((set): [string[], RegExp] => [
      ['--features', set],
      /canonical6.*--id.*--no-export/,
    ]),
    [['--feature-columns', 'adm2,motion2'], /canonical6.*--id.*--no-export/],
    [['--id', 'vmaf_tiny_lpips_sq_v1'], /--id: .* is the id of the pinned LPIPS model/],
    [['--id', 'My Model'], /--id: an id is at most 64 small letters/],
    [['--out-onnx', `${folder}/m.v2.onnx`], /--out-onnx: an id is .*"m\.v2".*--id/],
    [['--out-onnx', `${folder}/none/m.onnx`], /--out-onnx: folder .*none does not exist/],
    [['--out-onnx', `${folder}/m.txt`], /--out-onnx/],
    [['--out-onnx', `${folder}/My Model.onnx`], /--out-onnx/],
    [['--out-onnx', folder], /--out-onnx/],
    [
      ['--out-onnx', `${folder}/m.onnx`, '--out-sidecar', `${folder}/other.json`],
      /--out-sidecar must be .*m\.json/,
    ],
    [['--out-onnx', `${folder}/m.onnx`, '--registry', '/elsewhere/registry.json'], /--registry must lie in/],
    [['--out-onnx', `${folder}/registry.onnx`], /two outputs would be the file .*registry\.json/],
    [
      ['--out-onnx', `${folder}/m.onnx`, '--metrics-out', `${folder}/m.json`],
      /two outputs would be the file .*m\.json/,
    ],
    [
      ['--out-onnx', `${folder}/checkpoint.onnx`, '--metrics-out', `${folder}/metrics.json`],
      /two outputs .*checkpoint\.json/,
    ],
    [
      ['--out-onnx', `${folder}/m.onnx`, '--metrics-out', `${folder}/table.parquet`],
      /--metrics-out must end in \.json/,
    ],
    [
      ['--no-export', '--metrics-out', `${folder}/none/metrics.json`],
      /--metrics-out: folder .*none does not exist/,
    ],
  ];
  // the table is not there either: what is wrong with the outputs is said before anything is read
  const outcomes = await runCommands(
    refused.map(([flags]) => ['train', '--parquet', `${folder}/t.parquet`, ...flags]),
  );
  for (const [i, [flags, says]] of refused.entries()) {
    expect({ flags, ...outcomes[i] }).toMatchObject({ flags, code: 2, stdout: '' });
    expect(errorLine(outcomes[i]!)).toMatch(says);
  }
  expect(await listing(folder)).toStrictEqual({});
});
