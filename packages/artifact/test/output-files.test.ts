import { link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { requireSafeOutputs, type OutputGuard, type Output } from '@vqforge/artifact/node';

const folder = await mkdtemp(join(tmpdir(), 'vqforge outputs-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

async function write(name: string, text: string | Uint8Array = '{}'): Promise<string> {
  await mkdir(dirname(at(name)), { recursive: true });
  await writeFile(at(name), text);
  return at(name);
}

function document(path: string, kind: Output['kind'] = 'json', role: Output['role'] = 'document'): Output {
  return { path, flag: '--output', kind, role };
}

/** The reason, or undefined where the output is let through. */
async function refusal(
  output: Output,
  guard: Partial<Omit<OutputGuard, 'outputs'>> = {},
): Promise<string | undefined> {
  return requireSafeOutputs({ inputs: [], ...guard, outputs: [output] }).then(
    () => undefined,
    (error: { code: string; message: string }) => `${error.code} ${error.message}`,
  );
}

test('an output that is not there, or an earlier document of its kind, is let through', async () => {
  const old = await write('old.json');
  const input = await write('input.json');
  expect(await refusal(document(at('new.json')), { inputs: [input] })).toBeUndefined();
  expect(await refusal(document(old), { inputs: [input, at('absent')] })).toBeUndefined();
});

test('no output is an input: by the same path, a symbolic link, a hard link, or inside of a folder', async () => {
  const input = await write('clips/ref.json');
  await symlink(input, at('symbolic.json'));
  await link(input, at('hard.json'));
  await symlink(at('clips'), at('folder'));
  const outputs = [
    input,
    join(folder, 'clips', '..', 'clips', 'ref.json'),
    at('symbolic.json'),
    at('hard.json'),
    at('folder/ref.json'),
  ];
  for (const path of outputs)
    for (const force of [false, true])
      expect({ path, says: await refusal(document(path), { inputs: [input], force }) }).toEqual({
        path,
        says: `BAD_OUTPUT --output: ${path} is an input (${input}); write elsewhere`,
      });
  expect(await refusal(document(input), { inputs: [at('folder')] })).toMatch(/is an input/);
  // a link as the input
  expect(await refusal(document(input), { inputs: [at('symbolic.json')] })).toMatch(/is an input/);
});

test('a registry, what it pins and the evidence of runs are replaced by nothing but what they are made by', async () => {
  const models = [{ onnx: 'm.onnx', sigstore_bundle: 'm.bundle.json' }];
  const registry = await write('model/registry.json', JSON.stringify({ schema_version: 2, models }));
  const sidecar = await write('model/m.json');
  const bundle = await write('model/m.bundle.json');
  const onnx = await write('model/m.onnx', Uint8Array.of(8, 8, 0, 1));
  const stray = await write('model/stray.json');
  await link(sidecar, at('elsewhere.json'));
  const copy = await write('renamed.json', await readFile(registry));
  for (const path of [registry, copy]) expect(await refusal(document(path))).toMatch(/is a registry/);
  for (const path of [sidecar, bundle])
    expect(await refusal(document(path))).toMatch(/is pinned by .*registry\.json/);
  expect(await refusal(document(onnx, 'onnx'), { force: true })).toMatch(/is pinned by/);
  expect(await refusal(document(at('elsewhere.json')), { registries: [at('model')] })).toMatch(
    /is pinned by/,
  );
  expect(await refusal(document(stray))).toBeUndefined();
  expect(await refusal(document(sidecar, 'json', 'model'))).toBeUndefined();
  expect(await refusal(document(registry, 'json', 'registry'))).toBeUndefined();
  expect(await refusal(document(registry, 'json', 'evidence'))).toMatch(/is a registry/);

  const metrics = await write('runs/a/metrics.json');
  const checkpoint = await write('runs/a/checkpoint.json');
  const named = await write('runs/b/x.json');
  await write('runs/b/x.environment.json');
  const other = await write('runs/b/other.json');
  await link(metrics, at('linked.json'));
  for (const path of [metrics, checkpoint, named]) {
    expect(await refusal(document(path))).toMatch(/is evidence of the run in/);
    expect(await refusal(document(path, 'json', 'model'))).toMatch(/is evidence of the run in/);
    expect(await refusal(document(path, 'json', 'evidence'))).toBeUndefined();
  }
  expect(await refusal(document(other))).toBeUndefined();
  expect(await refusal(document(at('linked.json')))).toBeUndefined();
  expect(await refusal(document(at('linked.json')), { runs: [at('runs')] })).toMatch(/evidence of the run/);
});

test('a file whose first bytes are of another kind needs leave', async () => {
  const kinds: Record<string, [string | Uint8Array, Output['kind']]> = {
    'a.json': [' {"frames": []}', 'json'],
    'a.csv': ['Frame,vmaf\n0,1\n', 'csv'],
    'a.xml': ['<?xml version="1.0"?>\n<VMAF/>', 'xml'],
    'a.html': ['<!doctype html><p>', 'html'],
    'a.parquet': ['PAR1....', 'parquet'],
    'a.onnx': [Uint8Array.of(8, 8, 18, 0), 'onnx'],
    'a.y4m': ['YUV4MPEG2 W2 H2 F25:1\nFRAME\n\u0010\u0010', 'other'],
    'a.txt': ['just words', 'other'],
    'a.bin': [Uint8Array.of(0, 1, 2, 3), 'other'],
  };
  for (const [name, [bytes, kind]] of Object.entries(kinds)) {
    const path = await write(`kinds/${name}`, bytes);
    for (const wanted of ['json', 'csv', 'xml', 'html', 'parquet', 'onnx'] as const) {
      const says = await refusal(document(path, wanted));
      expect({ name, wanted, refused: says !== undefined }).toEqual({
        name,
        wanted,
        refused: wanted !== kind,
      });
      expect(await refusal(document(path, wanted), { force: true })).toBeUndefined();
    }
  }
  // nothing is lost
  expect(await refusal(document(await write('kinds/empty.json', ''), 'csv'))).toBeUndefined();
});

test('nothing is written below node_modules, also through a link', async () => {
  await mkdir(at('node_modules/p'), { recursive: true });
  await symlink(at('node_modules/p'), at('shortcut'));
  for (const path of ['node_modules/p/x.json', 'shortcut/x.json'])
    expect(await refusal(document(at(path)))).toMatch(/lies below node_modules/);
});
