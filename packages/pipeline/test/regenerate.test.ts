import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRegistry } from '@vqforge/artifact';
import { PipelineError, regenerate, retrain, type Rebuild, type Regenerated } from '@vqforge/pipeline';
import { exportRegistry } from '@vqforge/registry';
import { publish } from '@vqforge/registry/node';
import { beforeEach, beforeAll, expect, test, vi } from 'vitest';
import { filesBelow, options, temporaryRoot, writeTable } from '../../../testing/workspace.ts';

const ONNX = 'fr_regressor_v1.onnx';
const SIDECAR = 'fr_regressor_v1.json';

let bytes: { onnx: Buffer; sidecar: Buffer };
let other: Buffer;
/** A registry of one model, for one test. */
let registry: string;

beforeAll(async () => {
  const root = await temporaryRoot();
  const table = await writeTable(join(root, 'table.parquet'));
  const folder = join(root, 'model/tiny');
  await retrain(options(root, table, { seed: 1 }));
  other = await readFile(join(folder, ONNX));
  await retrain(options(root, table, { replace: true }));
  bytes = { onnx: await readFile(join(folder, ONNX)), sidecar: await readFile(join(folder, SIDECAR)) };
});

beforeEach(async () => {
  registry = join(await temporaryRoot(), 'model/tiny');
  await publish({ registry, onnx: { name: ONNX, bytes: bytes.onnx }, sidecar: bytes.sidecar });
});

async function regenerateOne(
  rebuild: Rebuild,
  { check = true, ids = [] as string[] } = {},
): Promise<Regenerated> {
  const results = await regenerate({ registry, ids, check, rebuild });
  expect(results).toHaveLength(1);
  return results[0]!;
}

const MISSING = { missing: [{ role: 'heads', digest: 'ab'.repeat(32) }] };

test('the same bytes are the same; nothing is written', async () => {
  const before = await filesBelow(registry);
  expect(await regenerateOne(() => Promise.resolve(bytes))).toMatchObject({ outcome: 'same', written: [] });
  expect(await regenerateOne(() => Promise.resolve(bytes), { check: false })).toMatchObject({
    outcome: 'same',
    written: [],
  });
  expect(await filesBelow(registry)).toStrictEqual(before);
});

test('a sidecar that differs is told by key, and so is the registry that would pin it', async () => {
  const sidecar = Buffer.from(bytes.sidecar.toString().replace(/"license": "[^"]*"/, '"license": "MIT"'));
  const { outcome, differences } = await regenerateOne(() => Promise.resolve({ ...bytes, sidecar }));
  expect(outcome).toBe('different');
  expect(differences.join('\n')).toMatch(
    /fr_regressor_v1\.json: .*license: pinned "NOASSERTION", rebuilt "MIT"/,
  );
  expect(differences.join('\n')).toMatch(/registry entry: .*sidecar_sha256/);
});

test('a registry of schema version 1 is compared in what it pins', async () => {
  const path = join(registry, 'registry.json');
  await writeFile(path, exportRegistry(parseRegistry(await readFile(path)), 1));
  expect(await regenerateOne(() => Promise.resolve(bytes))).toMatchObject({ outcome: 'same' });
});

test('a model that cannot be made again is said to be so, and the next one is still compared', async () => {
  const rebuild: Rebuild = () =>
    Promise.reject(new PipelineError('NOT_REPRODUCIBLE', 'it was trained by the native engine'));
  expect(await regenerateOne(rebuild)).toMatchObject({
    outcome: 'unreproducible',
    differences: ['it was trained by the native engine'],
  });
});

test('a rebuilt model that is not its own sidecar’s is refused', async () => {
  await expect(regenerateOne(() => Promise.resolve({ ...bytes, onnx: other }))).rejects.toMatchObject({
    code: 'INVALID_PUBLICATION',
  });
});

test('a model that is not shipped and lacks its inputs is skipped, unless it was asked for by name', async () => {
  await publish({
    registry,
    onnx: { name: ONNX, bytes: bytes.onnx },
    sidecar: bytes.sidecar,
    shipped: false,
  });
  await rm(join(registry, ONNX));
  const absent: Rebuild = () => Promise.resolve(MISSING);
  expect(await regenerateOne(absent)).toMatchObject({ outcome: 'skipped', ...MISSING });
  expect(await regenerateOne(absent, { ids: ['fr_regressor_v1'] })).toMatchObject({
    outcome: 'missing',
    ...MISSING,
  });
});

test('a shipped model that lacks its inputs is missing them', async () => {
  expect(await regenerateOne(() => Promise.resolve(MISSING))).toMatchObject({ outcome: 'missing' });
});

test('without --check a deleted model is put back, and a changed one never replaced', async () => {
  const before = await filesBelow(registry);
  await rm(join(registry, ONNX));
  expect(await regenerateOne(() => Promise.resolve(bytes))).toMatchObject({ outcome: 'same', written: [] });
  expect(await regenerateOne(() => Promise.resolve(bytes), { check: false })).toMatchObject({
    outcome: 'same',
    written: [join(registry, ONNX)],
  });
  expect(await filesBelow(registry)).toStrictEqual(before);
  expect(await readFile(join(registry, ONNX))).toStrictEqual(bytes.onnx);
});

test('the scratch folder is removed, also when the rebuild fails', async () => {
  const scratches: string[] = [];
  await regenerateOne((_, scratch) => Promise.resolve(scratches.push(scratch)).then(() => bytes));
  const failing: Rebuild = (_, scratch) =>
    Promise.resolve(scratches.push(scratch)).then(() => Promise.reject(new Error('no')));
  await expect(regenerateOne(failing)).rejects.toThrow('no');
  expect(scratches).toHaveLength(2);
  for (const scratch of scratches)
    await expect(filesBelow(scratch)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a file that is pinned outside the folder is not read', async () => {
  const path = join(registry, 'registry.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace(ONNX, 'a/../../x.onnx'));
  const rebuild = vi.fn<Rebuild>();
  await expect(regenerateOne(rebuild)).rejects.toMatchObject({ code: 'UNREADABLE' });
  expect(rebuild).not.toHaveBeenCalled();
});

test('an id that is not pinned is refused', async () => {
  await expect(regenerateOne(() => Promise.resolve(bytes), { ids: ['nothing'] })).rejects.toMatchObject({
    code: 'UNKNOWN_ID',
  });
});
