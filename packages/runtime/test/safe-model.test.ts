import { existsSync } from 'node:fs';
import { copyFile, cp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatRegistry, parseRegistry } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import {
  generateKey,
  publish,
  readSigningKey,
  readVerificationKey,
  signModel,
  type VerificationKey,
} from '@vqforge/registry/node';
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { expect, test } from 'vitest';
import {
  codeOf,
  linearRegressor,
  regressorRegistry,
  regressorSidecar,
  temporaryFolder,
} from '../../../testing/runtime-models.ts';
import { message } from './protobuf.ts';

const ID = 'linear_v1';

async function codeOfOpening(registry: string): Promise<string> {
  return codeOf(async () => (await openModel({ registry, model: ID })).close());
}

async function changeFile(path: string, change: (bytes: Buffer) => Uint8Array | string): Promise<void> {
  await writeFile(path, change(await readFile(path)));
}

/** The lowest bit of the middle byte, flipped. */
function flipped(bytes: Buffer): Buffer {
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
}

const TAMPERINGS: Record<string, [code: string, tamper: (registry: string) => Promise<void>]> = {
  'an altered model': ['DIGEST_MISMATCH', (registry) => changeFile(join(registry, `${ID}.onnx`), flipped)],
  'a model that grew': [
    'DIGEST_MISMATCH',
    (registry) => changeFile(join(registry, `${ID}.onnx`), (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
  ],
  'an altered sidecar': [
    'DIGEST_MISMATCH',
    (registry) => changeFile(join(registry, `${ID}.json`), (bytes) => String(bytes).replace('0.25', '0.35')),
  ],
  'an entry with another digest': [
    'DIGEST_MISMATCH',
    (registry) =>
      changeFile(join(registry, 'registry.json'), (bytes) =>
        String(bytes).replace(/"sha256": "./, '"sha256": "0'),
      ),
  ],
  'an entry that names another file': [
    'MISSING_FILE',
    (registry) =>
      changeFile(join(registry, 'registry.json'), (bytes) =>
        String(bytes).replace(`${ID}.onnx`, 'other.onnx'),
      ),
  ],
  'an entry that leaves the folder': [
    'BAD_REGISTRY',
    (registry) =>
      changeFile(join(registry, 'registry.json'), (bytes) =>
        String(bytes).replace(`${ID}.onnx`, `../${ID}.onnx`),
      ),
  ],
  'a model that is a symbolic link': ['PATH_ESCAPE', (registry) => linkAway(registry, `${ID}.onnx`)],
  'a sidecar that is a symbolic link': ['PATH_ESCAPE', (registry) => linkAway(registry, `${ID}.json`)],
  'a model of more than 50 MiB': [
    'TOO_LARGE',
    (registry) => truncate(join(registry, `${ID}.onnx`), 50 * 1_048_576 + 1),
  ],
  'a model without sidecar': ['MISSING_FILE', (registry) => rm(join(registry, `${ID}.json`))],
};

/** Moves a file elsewhere and leaves a link to it. */
async function linkAway(registry: string, name: string): Promise<void> {
  const elsewhere = join(await temporaryFolder(), name);
  await rename(join(registry, name), elsewhere);
  await symlink(elsewhere, join(registry, name));
}

test.each(Object.entries(TAMPERINGS))('%s is refused', async (_, [code, tamper]) => {
  const registry = await regressorRegistry();
  expect(await codeOfOpening(registry)).toBe('no error');
  await tamper(registry);
  const found = await codeOfOpening(registry);
  // the artifact package refuses a path that leaves the folder in the document, or the registry does when it reads it
  expect(code === 'BAD_REGISTRY' ? ['BAD_REGISTRY', 'PATH_ESCAPE'] : [code]).toContain(found);
});

/** Fields 1 (ir_version), 7 (graph), 8 (opset_import) of ModelProto; the graph is `nodes`, and input and output exist. */
function hostile(
  graph: readonly (readonly [number, Uint8Array])[],
  ...besides: [number, Uint8Array][]
): Uint8Array {
  return message([1, 8], [7, message(...graph)], [8, message([2, 17])], ...besides);
}

function node(opType: string, ...besides: [number, Uint8Array | string][]): [number, Uint8Array] {
  return [1, message([1, 'features'], [2, 'score'], [4, opType], ...besides)];
}

const sin = message([1, 'x'], [2, 'y'], [4, 'Sin']);
const branch = [5, message([1, 'then_branch'], [6, message([1, sin])], [20, 5])] as [number, Uint8Array];

const HOSTILE: Record<string, Uint8Array> = {
  'external data': hostile([
    node('Add'),
    [5, message([1, 1], [2, 1], [8, 'w'], [13, message([1, 'location'], [2, 'w.data'])], [14, 1])],
  ]),
  'an operator that is not allowed': hostile([node('Sin')]),
  'an operator of another domain': hostile([node('Relu', [7, 'local'])]),
  'a function named Relu whose body is Sin': hostile(
    [node('Relu')],
    [25, message([1, 'Relu'], [4, 'x'], [5, 'y'], [7, sin])],
  ),
  'control flow': hostile([node('If', branch)]),
  'two graphs': hostile([node('Add')], [7, message(node('Add'))]),
};

/** Pins any bytes, which `publish` would not. */
async function pinnedAnyway(onnx: Uint8Array): Promise<string> {
  const registry = await regressorRegistry();
  const sidecar = regressorSidecar(ID, onnx);
  await writeFile(join(registry, `${ID}.onnx`), onnx);
  await writeFile(join(registry, `${ID}.json`), sidecar);
  await changeFile(join(registry, 'registry.json'), (bytes) => {
    const { models } = parseRegistry(bytes);
    const entry = {
      ...models[0],
      sha256: sha256(onnx),
      sidecar_sha256: sha256(sidecar),
      size_bytes: onnx.length,
    };
    return formatRegistry({ schema_version: 2, models: [entry as (typeof models)[0]] });
  });
  return registry;
}

test.each(Object.entries(HOSTILE))('%s is refused, pinned or not', async (_, onnx) => {
  const registry = await pinnedAnyway(onnx);
  expect(await codeOfOpening(registry)).toBe('FORBIDDEN_MODEL');
  const model = join(await temporaryFolder(), 'hostile.onnx');
  await writeFile(model, onnx);
  expect(await codeOf(() => openModel({ registry, model, allowUnregistered: true }))).toBe('FORBIDDEN_MODEL');
});

test('a pin that does not hold is not overruled by allowing unregistered models', async () => {
  const registry = await regressorRegistry();
  const model = join(registry, `${ID}.onnx`);
  await changeFile(model, flipped);
  expect(await codeOf(() => openModel({ registry, model, allowUnregistered: true }))).toBe('DIGEST_MISMATCH');
});

test.each([
  ['nothing', 0, 'FORBIDDEN_MODEL'],
  ['51 MiB of zeros', 51 * 1_048_576, 'TOO_LARGE'],
])('an unregistered file of %s is refused', async (_, size, code) => {
  const model = join(await temporaryFolder(), 'file.onnx');
  await writeFile(model, '');
  await truncate(model, size);
  expect(await codeOf(() => openModel({ registry: '.', model, allowUnregistered: true }))).toBe(code);
});

test('a graph that takes and gives something else is refused', async () => {
  const folder = await temporaryFolder();
  const model = join(folder, 'other.onnx');
  await writeFile(
    model,
    Buffer.from(linearRegressor()).toString('latin1').replaceAll('score', 'scope'),
    'latin1',
  );
  expect(await codeOf(() => openModel({ registry: folder, model, allowUnregistered: true }))).toBe(
    'INVALID_MODEL',
  );
});

test('what is swapped after its verification has no effect', { timeout: 60_000 }, async () => {
  const [registry, good, evil] = [await regressorRegistry(), linearRegressor(), linearRegressor(-1e6)];
  const [path, staged] = [join(registry, `${ID}.onnx`), join(registry, 'staged')];
  const state = { isSwapping: true };
  const swapping = (async () => {
    for (let i = 0; state.isSwapping; i++) {
      await writeFile(staged, i % 2 === 0 ? evil : good);
      await rename(staged, path);
    }
  })();
  const outcomes = new Map<string, number>();
  for (let i = 0; i < 100; i++) {
    const outcome = await codeOf(async () => {
      const model = await openModel({ registry, model: ID, threads: 1 });
      const { raw } = await FrRegressor.of(model).score(Float64Array.of(0.5, 4));
      await model.close();
      expect(raw[0]).toBe(50);
    });
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  state.isSwapping = false;
  await swapping;
  expect(
    [...outcomes.keys()].filter((code) => code !== 'no error' && code !== 'DIGEST_MISMATCH'),
  ).toStrictEqual([]);
  // the race was one: some were refused, or nothing was shown
  expect(outcomes.get('DIGEST_MISMATCH')).toBeGreaterThan(0);
});

async function newKey(): Promise<{ path: string; key: VerificationKey }> {
  const path = join(await temporaryFolder(), 'key.pem');
  const { publicPath } = await generateKey(path);
  return { path, key: await readVerificationKey(publicPath) };
}

test('a signature, if one is asked for, is that of the key over these very bytes', async () => {
  const [registry, ours, other] = [await regressorRegistry(), await newKey(), await newKey()];
  const opening = (key: VerificationKey): Promise<string> =>
    codeOf(async () => {
      const model = await openModel({ registry, model: ID, signature: { key, isRequired: true } });
      await model.close();
    });
  expect(await opening(ours.key)).toBe('UNTRUSTED_MODEL');
  await signModel({ registry, id: ID, key: await readSigningKey(ours.path) });
  expect([await opening(ours.key), await opening(other.key)]).toStrictEqual(['no error', 'UNTRUSTED_MODEL']);
  // another model with the bundle of the first: its digests are right, its signature is not
  const bundle = join(registry, `${ID}.onnx.sigstore.json`);
  const kept = join(registry, 'kept');
  await copyFile(bundle, kept);
  const bytes = linearRegressor(1);
  const sidecar = regressorSidecar(ID, bytes);
  await publish({ registry, onnx: { name: `${ID}.onnx`, bytes }, sidecar, bundle: await readFile(kept) });
  expect([await codeOfOpening(registry), await opening(ours.key)]).toStrictEqual([
    'no error',
    'UNTRUSTED_MODEL',
  ]);
  const model = join(await temporaryFolder(), 'copy.onnx');
  await cp(join(registry, `${ID}.onnx`), model);
  const signature = { key: ours.key, isRequired: true };
  expect(await codeOf(() => openModel({ registry, model, allowUnregistered: true, signature }))).toBe(
    'UNREGISTERED_MODEL',
  );
});

const REFERENCE = fileURLToPath(new URL('../../../../shared/reference', import.meta.url));
const isHere = existsSync(join(REFERENCE, 'fr_regressor_v1.onnx'));
if (!isHere) console.log("skipped: the reference system's model folder is not beside the repository");

test.skipIf(!isHere)('the reference regressor, which keeps its weights outside, is refused', async () => {
  const model = join(REFERENCE, 'fr_regressor_v1.onnx');
  const opening = openModel({ registry: REFERENCE, model, allowUnregistered: true });
  await expect(opening).rejects.toMatchObject({
    code: 'FORBIDDEN_MODEL',
    message: expect.stringContaining('EXTERNAL_DATA'),
  });
});
