import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRegistry, parseSidecar, type DistanceSidecar } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import {
  exportLpips,
  rebuildLpips,
  regenerate,
  type ExportLpipsOptions,
  type ExportLpipsResult,
} from '@vqforge/pipeline';
import { loadVerified, verifyRegistry } from '@vqforge/registry/node';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { writeHeads, writeTrunk } from '../../../testing/weights-files.ts';
import { filesBelow, temporaryRoot } from '../../../testing/workspace.ts';

let weights: string;
let root: string;

beforeAll(async () => {
  weights = await temporaryRoot();
  await writeTrunk(join(weights, 'trunk.safetensors'), 'squeeze');
  await writeTrunk(join(weights, 'huge.safetensors'), 'squeeze', 1e12);
  await writeHeads(join(weights, 'heads.safetensors'), 'squeeze');
  await writeHeads(join(weights, 'alex.safetensors'), 'alex');
});

beforeEach(async () => {
  root = await temporaryRoot();
});

function runExport(change: Partial<ExportLpipsOptions> = {}): Promise<ExportLpipsResult> {
  return exportLpips({
    net: 'squeeze',
    version: '0.1',
    baseline: false,
    maps: false,
    input: 'float32',
    opset: 18,
    trunk: join(weights, 'trunk.safetensors'),
    heads: join(weights, 'heads.safetensors'),
    cache: join(root, 'cache'),
    outputs: {},
    register: true,
    root,
    packageVersion: '0.1.0',
    id: 'my_lpips',
    ...change,
  });
}

async function sidecarOf(path: string): Promise<DistanceSidecar> {
  const sidecar = parseSidecar(await readFile(path));
  if (sidecar.task !== 'perceptual_distance') throw new Error(`${path} is of a regressor`);
  return sidecar;
}

test('writes model, sidecar and entry, which verify, load, and say what they are made of', async () => {
  const { parity, written } = await runExport();
  const folder = join(root, 'model/tiny');
  expect(await filesBelow(folder)).toEqual([
    'my_lpips.json',
    'my_lpips.md',
    'my_lpips.onnx',
    'registry.json',
  ]);
  expect(parity).toMatchObject({ engine: 'wasm', unit: 'pairs', n: 30, tolerance: 1e-6 });
  for (const { path, sha256: digest } of written) expect(sha256(await readFile(path))).toBe(digest);
  expect((await verifyRegistry({ registry: folder })).verified).toEqual(['my_lpips']);
  expect((await loadVerified(folder, 'my_lpips')).onnx.length).toBeGreaterThan(2_900_000);

  const [entry] = parseRegistry(await readFile(join(folder, 'registry.json'))).models;
  expect(entry).toMatchObject({ id: 'my_lpips', shipped: false, opset: 18 });
  const sidecar = await sidecarOf(join(folder, 'my_lpips.json'));
  expect(sidecar).toMatchObject({
    network: 'squeeze',
    lpips_version: '0.1',
    epsilon: 1e-10,
    minimum_side: 17,
    input_type: 'float32',
    input_standardised_by: 'caller',
    license: 'NOASSERTION',
    output_names: ['score'],
    parity,
  });
  expect(Object.keys(sidecar.weights)).toEqual(['heads', 'trunk']);
  expect(sidecar.run_provenance.inputs).toEqual(sidecar.weights);
});

test('the files depend on the tensors and not on where they lie', async () => {
  const first = await runExport();
  const elsewhere = join(root, 'elsewhere');
  await mkdir(elsewhere);
  await copyFile(join(weights, 'trunk.safetensors'), join(elsewhere, 't.pt'));
  const outputs = { outOnnx: join(elsewhere, 'my_lpips.onnx') };
  const second = await runExport({ trunk: join(elsewhere, 't.pt'), outputs });
  expect(second.written.map((file) => file.sha256)).toEqual(first.written.map((file) => file.sha256));
});

test('pixels as input and no heads are said in the sidecar', async () => {
  await runExport({ input: 'uint8', baseline: true, register: false });
  const folder = join(root, 'model/tiny');
  expect(await filesBelow(folder)).toEqual(['my_lpips.json', 'my_lpips.onnx']);
  const sidecar = await sidecarOf(join(folder, 'my_lpips.json'));
  expect(sidecar).toMatchObject({
    input_type: 'uint8',
    input_range: { min: 0, max: 255 },
    input_standardised_by: 'graph',
  });
  expect(Object.keys(sidecar.weights)).toEqual(['trunk']);
});

test('a graph that does not agree with its definition is not written', async () => {
  // overflows in float32, so that the definition has no number to agree with
  const huge = runExport({ trunk: join(weights, 'huge.safetensors') });
  await expect(huge).rejects.toMatchObject({ code: 'PARITY_FAILED' });
  expect(await filesBelow(join(root, 'model/tiny'))).toEqual([]);
});

test.each<[string, Partial<ExportLpipsOptions>, string]>([
  ['a pinned id for other weights', { id: 'vmaf_tiny_lpips_sq_v1' }, 'BAD_NAME'],
  ['the id of the regressor', { id: 'fr_regressor_v1' }, 'BAD_NAME'],
  ['an id that is none', { id: '../x' }, 'BAD_NAME'],
  ['a sidecar elsewhere', { outputs: { outSidecar: '/tmp/elsewhere.json' } }, 'BAD_OUTPUT'],
  ['a trunk that is not there', { trunk: '/nowhere.pth' }, 'UNREADABLE'],
  ['no trunk at all', { trunk: undefined as never }, 'MISSING_WEIGHTS'],
])('refuses %s, and writes nothing', async (_name, change, code) => {
  await expect(runExport(change)).rejects.toMatchObject({ code });
  expect(await filesBelow(join(root, 'model/tiny'))).toEqual([]);
});

test('asks for an id where the graph is not a pinned one', async () => {
  await expect(runExport({ id: undefined as never })).rejects.toMatchObject({ code: 'BAD_NAME' });
});

test('refuses the heads of another net', async () => {
  const heads = join(weights, 'alex.safetensors');
  await expect(runExport({ heads })).rejects.toMatchObject({ code: 'STATE_DICT_MISMATCH' });
});

test('is made again from weights found by their content; without them it is skipped, or missing by name', async () => {
  await runExport();
  const registry = join(root, 'model/tiny');
  await rm(join(registry, 'my_lpips.onnx'));
  const again = (
    from: readonly string[],
    ids: readonly string[],
    check = false,
  ): ReturnType<typeof regenerate> =>
    regenerate({
      registry,
      ids,
      check,
      rebuild: (sidecar) => rebuildLpips(sidecar as DistanceSidecar, { from, version: '0.1.0' }),
    });
  expect(await again([root], [])).toMatchObject([{ outcome: 'skipped', written: [] }]);
  const [missing] = await again([root], ['my_lpips']);
  expect(missing).toMatchObject({ outcome: 'missing' });
  expect(missing?.missing.map(({ digest }) => digest)).toEqual(
    Object.values((await sidecarOf(join(registry, 'my_lpips.json'))).weights),
  );
  expect(await again([weights], ['my_lpips'])).toMatchObject([
    { outcome: 'same', written: [join(registry, 'my_lpips.onnx')] },
  ]);
  expect((await verifyRegistry({ registry })).verified).toEqual(['my_lpips']);
});
