import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunProvenance } from '@vqforge/artifact';
import { canonicalJson, JsonError, sha256 } from '@vqforge/base';
import { beforeEach, describe, expect, test } from 'vitest';
import { verifyProvenance } from '../src/provenance-files.ts';
import { codeOf, temporaryFolder, tinyOnnx, tinySidecar } from '../../../testing/registry-models.ts';

let root: string;

const TABLE = 'datasets/t/t.parquet';
const file = (path: string, text: string): object => ({
  path,
  exists: true,
  kind: 'file',
  sha256: sha256(text),
});

const block: RunProvenance = {
  schema: 'ai-run-provenance-v1',
  entrypoint: { command: 'vqforge train', package: '@vqforge/cli', version: '0.1.0' },
  args: {},
};

beforeEach(async () => {
  root = await temporaryFolder();
  await mkdir(join(root, 'datasets/t'), { recursive: true });
  await writeFile(join(root, TABLE), 'table');
});

async function findings(document: unknown): Promise<string[]> {
  const path = join(root, 'document.json');
  await writeFile(path, typeof document === 'string' ? document : canonicalJson(document));
  const report = await verifyProvenance({ file: path, root });
  return report.findings.map(({ severity, code, file: where }) => `${severity} ${code} ${where}`);
}

test('a block whose files are what it says, in a document or alone', async () => {
  const good = { ...block, inputs: { parquet: [file(TABLE, 'table')], table: 'ab'.repeat(32), none: null } };
  expect(await findings({ metrics: 1, run_provenance: good })).toStrictEqual([]);
  expect(await findings(good)).toStrictEqual([]);
  const { checked } = await verifyProvenance({ file: join(root, 'document.json'), root });
  expect(checked).toStrictEqual([TABLE]);
});

describe('findings', () => {
  test.each<[string, object, string[]]>([
    ['a changed input', { inputs: { parquet: file(TABLE, 'other') } }, [`error DIGEST_MISMATCH ${TABLE}`]],
    [
      'a missing output',
      { outputs: { onnx: file('model/a.onnx', 'x') } },
      ['error MISSING_FILE model/a.onnx'],
    ],
    [
      'an input from elsewhere',
      { inputs: { parquet: file('t.parquet', 'x') } },
      ['warning MISSING_FILE t.parquet'],
    ],
    [
      'a registry that changed since',
      { outputs: { registry: file(TABLE, 'x') } },
      [`warning DIGEST_MISMATCH ${TABLE}`],
    ],
    ['a script that changed', { entrypoint: file(TABLE, 'x') }, [`error DIGEST_MISMATCH ${TABLE}`]],
    ['a shared trainer', { shared_trainer: file('gone/t.py', 'x') }, ['error MISSING_FILE gone/t.py']],
    ['a file that never was', { outputs: { onnx: { path: 'a', exists: false, kind: 'missing' } } }, []],
    [
      'an absolute path',
      { inputs: { parquet: file('/etc/passwd', 'x') } },
      ['error BAD_PROVENANCE document.json'],
    ],
    [
      'a path that climbs',
      { inputs: { parquet: file('a/../../x', 'x') } },
      ['error BAD_PROVENANCE document.json'],
    ],
    ['another schema', { schema: 'v9' }, ['error BAD_PROVENANCE document.json']],
    ['an unknown key', { signer: 'me' }, ['error BAD_PROVENANCE document.json']],
  ])('%s', async (_, change, expected) => {
    expect(await findings({ run_provenance: { ...block, ...change } })).toStrictEqual(expected);
  });

  test('no block at all', async () => {
    for (const document of ['{}', '[]', 'null', '{"run_provenance":null}']) {
      const [finding] = await findings(document);
      expect(finding).toMatch(/^error (MISSING|BAD)_PROVENANCE document.json$/);
    }
  });

  test('a link is not followed', async () => {
    await rm(join(root, 'datasets'), { recursive: true });
    const elsewhere = await temporaryFolder();
    await mkdir(join(elsewhere, 't'));
    await writeFile(join(elsewhere, 't/t.parquet'), 'table');
    await symlink(elsewhere, join(root, 'datasets'));
    expect(await findings({ ...block, inputs: { parquet: file(TABLE, 'table') } })).toStrictEqual([
      `error PATH_ESCAPE ${TABLE}`,
    ]);
  });
});

describe('a sidecar', () => {
  const onnx = tinyOnnx(1);
  const provenance = (digest: string): RunProvenance => ({ ...block, outputs: { onnx: digest } });

  async function verify(): Promise<string[]> {
    const report = await verifyProvenance({ file: join(root, 'a.json'), root });
    return report.findings.map(({ code, file: where }) => `${code} ${where}`);
  }

  test('is about the model beside it', async () => {
    await writeFile(join(root, 'a.onnx'), onnx);
    await writeFile(
      join(root, 'a.json'),
      tinySidecar('a', onnx, { run_provenance: provenance(sha256(onnx)) }),
    );
    expect(await verify()).toStrictEqual([]);
    await writeFile(join(root, 'a.onnx'), tinyOnnx(2));
    expect(await verify()).toStrictEqual(['DIGEST_MISMATCH a.onnx', 'DIGEST_MISMATCH a.onnx']);
    await rm(join(root, 'a.onnx'));
    expect(await verify()).toStrictEqual(['MISSING_FILE a.onnx']);
  });

  test('whose block speaks of another model', async () => {
    await writeFile(join(root, 'a.onnx'), onnx);
    await writeFile(
      join(root, 'a.json'),
      tinySidecar('a', onnx, { run_provenance: provenance('ab'.repeat(32)) }),
    );
    expect(await verify()).toStrictEqual(['DIGEST_MISMATCH a.onnx']);
    await writeFile(join(root, 'a.json'), tinySidecar('a', onnx, { run_provenance: block }));
    expect(await verify()).toStrictEqual(['DIGEST_MISMATCH a.onnx']);
  });
});

test('a document that cannot be read is an error, not a finding', async () => {
  expect(await codeOf(() => verifyProvenance({ file: join(root, 'absent.json'), root }))).toBe('UNREADABLE');
  expect(await codeOf(() => verifyProvenance({ file: root, root }))).toBe('NOT_A_FILE');
  for (const text of ['', '{"a":1,"a":2}', '{"__proto__":1}', '['.repeat(100_000)]) {
    await expect(findings(text)).rejects.toBeInstanceOf(JsonError);
  }
});
