import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { besideMetrics, stageDocuments, writeDocuments } from '@vqforge/artifact/node';
import { outputPaths } from '../src/output-paths.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-outputs-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

type OutputFlags = Parameters<typeof outputPaths>[0];

test.each<[OutputFlags, string[]]>([
  [{}, ['/clone/fr_regressor_v1.onnx', '/clone/fr_regressor_v1.json', '/clone/registry.json']],
  [{ outOnnx: '/x/m.onnx' }, ['/x/m.onnx', '/x/m.json', '/x/registry.json']],
  [{ registry: '/x/pins.json' }, ['/x/fr_regressor_v1.onnx', '/x/fr_regressor_v1.json', '/x/pins.json']],
  [{ outOnnx: '/x/m.onnx', outSidecar: '/x/y/../m.json' }, ['/x/m.onnx', '/x/m.json', '/x/registry.json']],
])('flags that are not given follow those that are: %j', (flags, expected) => {
  const { onnx, sidecar, registry } = outputPaths(flags, '/clone');
  expect([onnx, sidecar, registry]).toStrictEqual(expected);
});

test.each<OutputFlags>([
  { outOnnx: '/x/model' },
  { outOnnx: '/x/Model.onnx' },
  { outOnnx: '/x/.onnx' },
  { outOnnx: '/x/m.onnx', outSidecar: '/y/m.json' },
  { outOnnx: '/x/m.onnx', registry: '/y/registry.json' },
  { outOnnx: '/x/m.onnx', registry: '/x/m.json' },
  { outOnnx: '/x/m.onnx', registry: '/x/m.onnx' },
  { outOnnx: '/x/registry.onnx' },
  { outOnnx: '/x/m.onnx', metricsOut: '/x/m.json' },
  { outOnnx: '/x/m.onnx', metricsOut: '/x/registry.json' },
  { outOnnx: '/x/environment.onnx', metricsOut: '/x/metrics.json' },
  { outOnnx: '/x/a.checkpoint.onnx', metricsOut: '/x/a.json' },
  { metricsOut: '/x/table.parquet' },
])('outputs that lie apart, on one another or under a wrong name: %j', (flags) => {
  expect(() => outputPaths(flags, '/clone')).toThrow(expect.objectContaining({ code: 'BAD_OUTPUT' }));
});

test('the documents beside the metrics', () => {
  expect(besideMetrics('/x/metrics.json', 'checkpoint.json')).toBe('/x/checkpoint.json');
  expect(besideMetrics('/x/a.json', 'environment.json')).toBe('/x/a.environment.json');
});

test('staged documents take their names on commit, or vanish', async () => {
  const documents = ['a', 'b'].map((name) => ({ path: join(folder, name), text: `new ${name}` }));
  await writeDocuments([{ path: join(folder, 'a'), text: 'old' }]);
  const staged = await stageDocuments(documents);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
  await staged.commit();
  await staged.discard();
  expect((await readdir(folder)).sort()).toStrictEqual(['a', 'b']);
  expect(await Promise.all(documents.map(({ path }) => readFile(path, 'utf8')))).toStrictEqual([
    'new a',
    'new b',
  ]);
  await (await stageDocuments(documents)).discard();
  expect((await readdir(folder)).sort()).toStrictEqual(['a', 'b']);
});

test('a document that cannot be staged or named leaves no other behind', async () => {
  const good = { path: join(folder, 'good'), text: 'x' };
  const inFile = { path: join(folder, 'file', 'x'), text: 'x' };
  await writeFile(join(folder, 'file'), '');
  await expect(stageDocuments([good, inFile])).rejects.toMatchObject({ code: 'UNWRITABLE' });
  expect(await readdir(folder)).toStrictEqual(['file']);
});
