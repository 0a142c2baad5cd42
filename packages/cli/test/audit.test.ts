import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { errorLine, runCommands, type Outcome } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const METRICS = 'runs/fr_regressor_v1/metrics.json';
const PREDICTIONS = 'runs/fr_regressor_v1/predictions.parquet';
const ID = 'fr_regressor_v1';

let root: string;
let tiny: string;

/** The pinned regressor with its evidence, without the table: what is said of it is compared, no row is read. */
beforeEach(async () => {
  root = await temporaryFolder();
  tiny = join(root, 'model/tiny');
  for (const file of [
    `model/tiny/${ID}.onnx`,
    `model/tiny/${ID}.json`,
    'model/tiny/registry.json',
    METRICS,
    PREDICTIONS,
  ]) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(root, file));
  }
});

async function run(...args: string[]): Promise<Outcome> {
  const [outcome] = await runCommands([args]);
  return outcome!;
}

const codes = ({ stdout }: Outcome): string[] =>
  (JSON.parse(stdout) as { findings: { code: string }[] }).findings.map(({ code }) => code);

test('audit of the repository has no error', async () => {
  const { code, stdout, stderr } = await run('audit', '--root', REPOSITORY, '--json');
  const { findings } = JSON.parse(stdout) as { findings: { severity: string }[] };
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect([code, stderr]).toEqual([0, '']);
});

test('audit says the same as text, as JSON beside its environment, and as a tree', async () => {
  await writeFile(join(tiny, 'stray.onnx'), 'x');
  const [text, json, tree, unknown] = await runCommands([
    ['audit', '--root', root],
    ['audit', '--root', root, '--json'],
    ['audit', '--root', root, '--lineage', ID],
    ['audit', '--root', root, '--lineage', 'other'],
  ]);
  expect(text!.code).toBe(1);
  expect(text!.stdout).toMatch(/^error {4}UNREGISTERED_FILE model\/tiny\/stray\.onnx$/m);
  expect(text!.stdout).toMatch(new RegExp(`^verified ${ID}$`, 'm'));
  expect(text!.stdout).toMatch(/^1 error, 4 info$/m);
  const report = JSON.parse(json!.stdout) as Record<string, unknown>;
  expect(Object.keys(report)).toEqual(['environment', 'verified', 'skipped', 'findings']);
  expect(codes(json!)).toEqual([
    // the table and the probes
    'MISSING_DATASET',
    'MISSING_DATASET',
    'NOT_SHIPPED',
    'NOT_SHIPPED',
    'UNREGISTERED_FILE',
  ]);
  expect(tree!.stdout).toMatch(
    /^model fr_regressor_v1 .*\n├─ sidecar[^]*│ {2}└─ not here\n├─ teacher probes .*\n└─ evidence/,
  );
  expect(unknown!.code).toBe(2);
  expect(errorLine(unknown!)).toContain('expected one of: fr_regressor_v1');
});

test('audit under a policy, with private names, and with what is not there', async () => {
  const policy = join(root, 'policy.json');
  await writeFile(policy, '{"require":["signature"],"expires":"2001-01-01"}');
  const [noKey, noPolicy, noRoot, badPolicy, names] = await runCommands([
    ['audit', '--root', root, '--policy', policy],
    ['audit', '--root', root, '--policy', `${policy}.absent`],
    ['audit', '--root', join(root, 'absent')],
    ['audit', '--root', root, '--policy', join(tiny, 'registry.json')],
    ['audit', '--root', root, '--private-names', 'regressor', '--json'],
  ]);
  for (const outcome of [noKey, noPolicy, noRoot, badPolicy]) {
    expect(outcome!.code).toBe(2);
    errorLine(outcome!);
  }
  expect(errorLine(noKey!)).toContain('--key');
  expect(names!.code).toBe(1);
  expect(codes(names!)).toContain('LEAK');
});

test('keygen, sign, verify and audit with the key', async () => {
  const [mine, other] = [join(root, 'mine.pem'), join(root, 'other.pem')];
  const registry = ['--registry', tiny];
  const policy = join(root, 'policy.json');
  await writeFile(policy, '{"require":["signature"]}');
  const required = ['--require-signature', '--key'];
  const [keygen, again, , unsigned, sign, repeated, good, wrong, keyless, audited, expired] =
    await runCommands([
      ['registry', 'keygen', '--out', mine],
      ['registry', 'keygen', '--out', mine],
      ['registry', 'keygen', '--out', other],
      ['registry', 'verify', ...registry, ...required, `${mine}.pub`],
      ['registry', 'sign', ID, ...registry, '--key', mine, '--source-commit', 'ab'.repeat(20)],
      ['registry', 'sign', ID, ...registry, '--key', mine, '--source-commit', 'ab'.repeat(20), '--json'],
      ['registry', 'verify', ...registry, ...required, `${mine}.pub`],
      ['registry', 'verify', ...registry, ...required, `${other}.pub`],
      ['registry', 'verify', ...registry, '--require-signature'],
      ['audit', '--root', root, '--policy', policy, '--key', `${mine}.pub`, '--json'],
      ['registry', 'sign', ID, ...registry, '--key', mine, '--source-commit', 'not a commit'],
    ]);
  expect(
    [keygen, again, unsigned, sign, good, wrong, keyless, audited, expired].map((outcome) => outcome!.code),
  ).toEqual([0, 2, 1, 0, 0, 1, 2, 0, 2]);
  expect(unsigned!.stdout).toContain('MISSING_SIGNATURE');
  expect(sign!.stdout).toContain(`${ID}.onnx.sigstore.json`);
  expect(JSON.parse(repeated!.stdout)).toMatchObject({ changed: false, written: [] });
  expect(wrong!.stdout).toContain('WRONG_KEY');
  expect(errorLine(keyless!)).toContain('--key');
  expect(codes(audited!)).toEqual(['MISSING_DATASET', 'MISSING_DATASET', 'NOT_SHIPPED', 'NOT_SHIPPED']);
});

test('provenance verify: compared files, findings, and documents that cannot be read', async () => {
  await mkdir(join(root, 'datasets/open9'), { recursive: true });
  const table = 'datasets/open9/open9_features.parquet';
  await cp(join(REPOSITORY, table), join(root, table));
  const metrics = join(root, METRICS);
  const at = ['--root', root];
  const [good] = await runCommands([['provenance', 'verify', metrics, ...at]]);
  expect(good).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`compared ${table}`) });
  await writeFile(join(root, table), 'x');
  await writeFile(join(root, 'bad.json'), '{');
  const [changed, missing, bad] = await runCommands([
    ['provenance', 'verify', metrics, ...at, '--json'],
    ['provenance', 'verify', join(root, 'absent.json'), ...at],
    ['provenance', 'verify', join(root, 'bad.json'), ...at],
  ]);
  expect([changed!.code, codes(changed!)]).toEqual([1, ['DIGEST_MISMATCH']]);
  expect([missing!.code, bad!.code]).toEqual([2, 2]);
});

test('registry import copies a verified model, and refuses a tampered one', async () => {
  const here = await temporaryFolder();
  const take = ['registry', 'import', ID, '--from', tiny, '--registry', here];
  const [first, second] = await runCommands([take, [...take, '--json']]);
  expect(first).toMatchObject({ code: 0, stdout: `imported ${ID}, byte for byte\n`, stderr: '' });
  expect(JSON.parse(second!.stdout)).toMatchObject({ changed: false, signature: 'none' });
  expect(await readFile(join(here, `${ID}.onnx`))).toEqual(await readFile(join(tiny, `${ID}.onnx`)));
  const before = await listing(here);
  await writeFile(join(tiny, `${ID}.onnx`), 'x');
  const [refused] = await runCommands([take]);
  expect(refused!.code).toBe(1);
  expect(errorLine(refused!)).toContain('DIGEST_MISMATCH');
  expect(await listing(here)).toEqual(before);
});
