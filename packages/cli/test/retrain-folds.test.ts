import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '@vqforge/base';
import { expect, test } from 'vitest';
import { errorLine, runCommands } from './command.ts';
import { temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

const RUN = 'runs/fr_regressor_v1';
const SIDECAR = 'model/tiny/fr_regressor_v1.json';

/** A workspace with a table, its manifest, and a model that was trained on it for one epoch. */
async function trainedWorkspace(): Promise<string> {
  const root = join(await temporaryFolder(), 'mine');
  await runCommands([['init', root]]);
  const folder = join(root, 'datasets', 'small');
  await mkdir(folder, { recursive: true });
  const table = await writeTable(join(folder, 't.parquet'), tableColumns());
  const [described, trained] = await runCommands(
    [
      ['dataset', 'describe', table],
      ['train', '--parquet', table, '--epochs', '1', '--ship-threshold', '-1', '--workers', '1', '--quiet'],
    ],
    { cwd: root },
  );
  expect([described, trained]).toMatchObject([{ code: 0 }, { code: 0, stderr: '' }]);
  return root;
}

interface Claim {
  seed?: number;
  training?: { seed: number };
  run_provenance: { args: { seed: number }; outputs: { sidecar?: { sha256: string } } };
  artifacts?: { sidecar: string };
}

/** All documents say that the numbers are those of another seed, and agree in it. */
async function claimSeed(root: string, seed: number): Promise<void> {
  const edit = async (file: string, change: (document: Claim) => void): Promise<string> => {
    const document = JSON.parse(await readFile(join(root, file), 'utf8')) as Claim;
    change(document);
    const text = canonicalJson(document as never);
    await writeFile(join(root, file), text);
    return sha256(text);
  };
  const digest = await edit(SIDECAR, ({ training, run_provenance: { args } }) => {
    Object.assign(training ?? {}, { seed });
    args.seed = seed;
  });
  await edit(`${RUN}/metrics.json`, (metrics) => {
    metrics.seed = metrics.run_provenance.args.seed = seed;
    for (const [target, key] of [
      [metrics.artifacts, 'sidecar'],
      [metrics.run_provenance.outputs.sidecar, 'sha256'],
    ] as const)
      Object.assign(target ?? {}, { [key]: digest });
  });
  await edit('model/tiny/registry.json', (registry) => {
    const { models } = registry as unknown as { models: { sidecar_sha256: string }[] };
    for (const entry of models) entry.sidecar_sha256 = digest;
  });
  // what is made of these documents would have to be forged with them; a model need not have one
  await rm(join(root, 'model/tiny/fr_regressor_v1.md'));
}

test('--retrain-folds proves true numbers, and refutes those of another training', async () => {
  const root = await trainedWorkspace();
  const audit = ['audit', '--root', root];
  const [all, one, none] = await runCommands([
    [...audit, '--retrain-folds', '99'],
    [...audit, '--retrain-folds', '1', '--json'],
    [...audit, '--retrain-folds', '0'],
  ]);
  expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('again without a, b, c\n') });
  expect(all!.stderr).toMatch(/^training 100%/m);
  expect(one).toMatchObject({ code: 0, stderr: '' });
  const { retrained } = JSON.parse(one!.stdout) as { retrained: { id: string; sources: string[] }[] };
  expect(retrained).toStrictEqual([
    { id: 'fr_regressor_v1', sources: [expect.stringMatching(/^[a-c]$/) as string] },
  ]);
  expect([none!.code, errorLine(none!)]).toEqual([2, expect.stringContaining('--retrain-folds')]);

  await claimSeed(root, 7);
  const [believed, refuted] = await runCommands([
    [...audit, '--json'],
    [...audit, '--json', '--retrain-folds', '2'],
  ]);
  expect(believed).toMatchObject({ code: 0 });
  expect(refuted!.code).toBe(1);
  const { findings } = JSON.parse(refuted!.stdout) as {
    findings: { severity: string; code: string; expected: string }[];
  };
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['METRICS_UNTRUE']));
  expect(new Set(errors.map(({ expected }) => /of fold (\w), trained again/.exec(expected)?.[1])).size).toBe(
    2,
  );
});

test('a fold that cannot be trained again is said', async () => {
  const root = await trainedWorkspace();
  await rm(join(root, 'datasets', 'small'), { recursive: true });
  const [outcome] = await runCommands([['audit', '--root', root, '--retrain-folds', '1', '--json']]);
  expect(outcome).toMatchObject({ code: 0 });
  const { findings, retrained } = JSON.parse(outcome!.stdout) as {
    findings: { severity: string; code: string }[];
    retrained: unknown[];
  };
  expect(findings).toContainEqual(expect.objectContaining({ severity: 'warning', code: 'NOT_RETRAINED' }));
  expect(retrained).toStrictEqual([]);
});
