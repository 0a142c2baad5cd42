import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '@vqforge/base';
import { parseSidecar } from '@vqforge/artifact';
import { beforeEach, describe, expect, test } from 'vitest';
import { generateKey, readSigningKey, readVerificationKey } from '../src/attestation/key-files.ts';
import { signModel } from '../src/attestation/sign.ts';
import { diffModels } from '../src/history/diff.ts';
import { pruneHistory, registryHistory } from '../src/history/history-files.ts';
import { foreseeReplacement } from '../src/history/replacement.ts';
import { removeModel, rollbackModel } from '../src/history/rollback.ts';
import { loadVerified, readRegistry } from '../src/load.ts';
import type { Publication } from '../src/publication.ts';
import { publish } from '../src/publish.ts';
import { findEntry } from '../src/registry-entry.ts';
import { verifyRegistry } from '../src/verify.ts';
import {
  codeOf,
  contents,
  temporaryFolder,
  tinyOnnx,
  tinyPublication,
  tinySidecar,
} from '../../../testing/registry-models.ts';

let root: string;
let registry: string;

beforeEach(async () => {
  root = await temporaryFolder();
  registry = join(root, 'model', 'tiny');
  await mkdir(registry, { recursive: true });
  for (const id of ['a', 'other']) await publishWithEvidence(id, 1);
});

/** A version of a model by another seed than the last: no rebuild. */
function another(id: string, value: number): Publication {
  const bytes = tinyOnnx(value);
  const { training } = parseSidecar(tinySidecar(id, bytes)) as { training: object };
  return {
    onnx: { name: `${id}.onnx`, bytes },
    sidecar: tinySidecar(id, bytes, { training: { ...training, seed: value } as never }),
  };
}

/** As a training does: the evidence of the last run is there until the publish is over. */
async function publishWithEvidence(id: string, value: number): Promise<void> {
  const publication = value === 1 ? tinyPublication(id, 1) : another(id, value);
  await publish({ registry, ...publication, replace: true });
  await writeEvidence(id, publication, value);
}

async function writeEvidence(id: string, { onnx, sidecar }: Publication, value: number): Promise<void> {
  await mkdir(join(root, 'runs', id), { recursive: true });
  const artifacts = { onnx: sha256(onnx.bytes), sidecar: sha256(sidecar) };
  await writeFile(
    join(root, 'runs', id, 'metrics.json'),
    canonicalJson({ artifacts, loso: { summary: { mean_plcc: value } } }),
  );
  await writeFile(join(root, 'runs', id, 'predictions.parquet'), `predictions ${value}`);
}

/** All files but the history, with their bytes. */
async function state(): Promise<Record<string, string>> {
  const all = await contents(root);
  return Object.fromEntries(Object.entries(all).filter(([path]) => !path.startsWith('model/.history/')));
}

const versions = async (id = 'a'): Promise<string[]> =>
  (await registryHistory({ registry, id })).map(({ digest }) => digest);

/** Files of all other ids. */
const others = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([path]) => path.includes('other')));

describe('replacing', () => {
  test('needs leave, except for a rebuild: then nothing else changes', async () => {
    const before = await state();
    expect(await codeOf(() => publish({ registry, ...another('a', 2) }))).toBe('NEEDS_REPLACE');
    expect(await contents(root)).toStrictEqual(before);
    // the same table, recipe, seed and engine, as after a change of the exporter
    const rebuilt = await publish({ registry, ...tinyPublication('a', 3) });
    expect(rebuilt).toMatchObject({ changed: true });
    const replaced = await publish({ registry, ...another('a', 2), replace: true });
    expect(replaced.archived).toMatch(/model\/\.history\/a\/[0-9a-f]{64}$/);
    expect(others(await state())).toStrictEqual(others(before));
  });

  test('keeps the version with its evidence under the digest of its entry; equal bytes move nothing', async () => {
    const { entry, onnx, sidecarBytes } = await loadVerified(registry, 'a');
    const digest = sha256(canonicalJson(entry));
    const metrics = await readFile(join(root, 'runs/a/metrics.json'));
    expect(await publish({ registry, ...tinyPublication('a', 1) })).toMatchObject({
      archived: null,
      changed: false,
    });
    expect(await versions()).toStrictEqual([]);
    await publishWithEvidence('a', 2);
    expect(await versions()).toStrictEqual([digest]);
    const kept = (name: string): Promise<Buffer> => readFile(join(root, 'model/.history/a', digest, name));
    expect(sha256(await kept('entry.json'))).toBe(digest);
    expect(Buffer.compare(await kept('a.onnx'), onnx)).toBe(0);
    expect(Buffer.compare(await kept('a.json'), sidecarBytes)).toBe(0);
    expect(await kept('metrics.json')).toStrictEqual(metrics);
    expect((await kept('predictions.parquet')).toString()).toBe('predictions 1');
    expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
    expect(await readdir(registry)).toStrictEqual([
      'a.json',
      'a.onnx',
      'other.json',
      'other.onnx',
      'registry.json',
    ]);
  });

  test('evidence of another run is not taken for that of the model', async () => {
    await writeEvidence('a', another('a', 9), 9);
    await publish({ registry, ...another('a', 2), replace: true });
    const [version] = await registryHistory({ registry, id: 'a' });
    expect(version).toMatchObject({ hasEvidence: false, problems: [] });
  });

  test('is foreseen without a write', async () => {
    const before = await contents(root);
    const { training } = parseSidecar((await loadVerified(registry, 'a')).sidecarBytes) as unknown as {
      training: { dataset_digest: string; recipe: { name: string; overrides: object }; seed: number };
    };
    const origin = {
      datasetDigest: training.dataset_digest,
      recipe: { name: 'standard', overrides: {} },
      seed: 0,
      engine: 'wasm',
    } as const;
    expect(await foreseeReplacement(registry, 'a', origin)).toMatchObject({
      kind: 'rebuild',
      entry: { id: 'a' },
    });
    for (const change of [
      { seed: 1 },
      { engine: 'native' as const },
      { datasetDigest: 'cd'.repeat(32) },
      { recipe: { name: 'standard', overrides: { epochs: 1 } } },
    ])
      expect((await foreseeReplacement(registry, 'a', { ...origin, ...change })).kind).toBe('other');
    expect(await foreseeReplacement(registry, 'free', origin)).toStrictEqual({
      kind: 'new',
      entry: null,
      archive: null,
    });
    expect((await foreseeReplacement(join(root, 'nowhere'), 'a', origin)).kind).toBe('new');
    expect(await contents(root)).toStrictEqual(before);
  });

  test('a registry in no folder of model/ keeps its history beside its files', async () => {
    const plain = await temporaryFolder();
    await publish({ registry: plain, ...tinyPublication('a', 1) });
    await publish({ registry: plain, ...another('a', 2), replace: true });
    expect(await readdir(join(plain, '.history'))).toStrictEqual(['a']);
    expect((await verifyRegistry({ registry: plain })).findings).toStrictEqual([]);
  });
});

describe('rolling back', () => {
  test('restores every byte, evidence too, and can be undone', async () => {
    const one = await state();
    await publishWithEvidence('a', 2);
    const two = await state();
    const first = await rollbackModel({ registry, id: 'a' });
    expect(first).toMatchObject({ changed: true, evidence: ['metrics.json', 'predictions.parquet'] });
    expect(await state()).toStrictEqual(one);
    await rollbackModel({ registry, id: 'a' });
    expect(await state()).toStrictEqual(two);
    // by digest; what is pinned already changes nothing
    expect(await rollbackModel({ registry, id: 'a', version: first.version.slice(0, 9) })).toMatchObject({
      changed: true,
    });
    expect(await rollbackModel({ registry, id: 'a', version: first.version })).toMatchObject({
      changed: false,
    });
    expect(await state()).toStrictEqual(one);
    expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
  });

  test('without a digest goes to what was replaced last', async () => {
    const digests: string[] = [];
    for (const value of [2, 3, 4]) {
      digests.push(sha256(canonicalJson(findEntry((await readRegistry(registry)).registry, 'a'))));
      await publishWithEvidence('a', value);
    }
    expect(await versions()).toStrictEqual([...digests].reverse());
    expect((await rollbackModel({ registry, id: 'a' })).version).toBe(digests[2]);
    expect((await rollbackModel({ registry, id: 'a', version: digests[0] as string })).version).toBe(
      digests[0],
    );
  });

  test('restores the signature of a signed version', async () => {
    const path = join(await temporaryFolder(), 'k.pem');
    const { publicPath } = await generateKey(path);
    await signModel({ registry, id: 'a', key: await readSigningKey(path) });
    const signed = await state();
    await publishWithEvidence('a', 2);
    const signature = { key: await readVerificationKey(publicPath), isRequired: true };
    await rollbackModel({ registry, id: 'a', signature });
    expect(await state()).toStrictEqual(signed);
    expect(await codeOf(() => loadVerified(registry, 'a', signature))).toBe('no error');
    // version 2 was never signed
    expect(await codeOf(() => rollbackModel({ registry, id: 'a', signature }))).toBe('UNTRUSTED_MODEL');
    expect(await state()).toStrictEqual(signed);
  });

  test.each([
    ['a.onnx', 'x', 'DAMAGED_HISTORY'],
    ['a.json', 'x', 'DAMAGED_HISTORY'],
    ['entry.json', '{}', 'DAMAGED_HISTORY'],
    ['history.json', '{}', 'DAMAGED_HISTORY'],
    ['metrics.json', '{}', 'DAMAGED_HISTORY'],
    ['predictions.parquet', 'x', 'DAMAGED_HISTORY'],
    ['more.onnx', 'x', 'DAMAGED_HISTORY'],
  ])('refuses a version with another %s, and verification says so', async (name, text, code) => {
    await publishWithEvidence('a', 2);
    const before = await state();
    const [digest] = await versions();
    await writeFile(join(root, 'model/.history/a', digest as string, name), text);
    expect(await codeOf(() => rollbackModel({ registry, id: 'a' }))).toBe(code);
    expect(await state()).toStrictEqual(before);
    const { findings } = await verifyRegistry({ registry });
    expect(findings.map((one) => `${one.severity} ${one.code} ${one.file}`)).toStrictEqual([
      `error BAD_HISTORY ../.history/a/${digest}`,
    ]);
  });

  test('verifies what is to be served, however well it was kept', async () => {
    // a registry of an older time may have pinned what is refused today
    await publishWithEvidence('a', 2);
    const [digest] = await versions();
    const folder = join(root, 'model/.history/a');
    const entry = JSON.parse(await readFile(join(folder, digest as string, 'entry.json'), 'utf8')) as object;
    const changed = canonicalJson({ ...entry, opset: 18 });
    const next = join(folder, sha256(changed));
    await mkdir(next);
    for (const name of ['a.onnx', 'a.json'])
      await writeFile(join(next, name), await readFile(join(folder, digest as string, name)));
    await writeFile(join(next, 'entry.json'), changed);
    const list = JSON.parse(await readFile(join(folder, digest as string, 'history.json'), 'utf8')) as {
      files: { name: string }[];
    };
    const files = list.files
      .filter(({ name }) => ['a.onnx', 'a.json'].includes(name))
      .concat([{ name: 'entry.json', sha256: sha256(changed), size_bytes: changed.length } as never]);
    await writeFile(join(next, 'history.json'), canonicalJson({ ...list, files, sequence: 9 }));
    expect((await registryHistory({ registry, id: 'a' }))[0]).toMatchObject({
      digest: sha256(changed),
      problems: [],
    });
    expect(await codeOf(() => rollbackModel({ registry, id: 'a' }))).toBe('SIDECAR_DISAGREES');
  });

  test('names the versions that there are', async () => {
    expect(await codeOf(() => rollbackModel({ registry, id: 'a' }))).toBe('UNKNOWN_VERSION');
    await publishWithEvidence('a', 2);
    expect(await codeOf(() => rollbackModel({ registry, id: 'a', version: 'ffff' }))).toBe('UNKNOWN_VERSION');
    expect(await codeOf(() => rollbackModel({ registry, id: '../x', version: 'ffff' }))).toBe(
      'UNKNOWN_VERSION',
    );
  });
});

describe('removing', () => {
  test('takes entry, files and evidence away, and nothing else; a rollback brings them back', async () => {
    const before = await state();
    await writeFile(join(root, 'runs/a/report.html'), 'mine');
    const { removed, archived } = await removeModel({ registry, id: 'a' });
    expect(removed).toStrictEqual(['a.onnx', 'a.json']);
    expect(archived).not.toBeNull();
    const after = await state();
    expect(others(after)).toStrictEqual(others(before));
    expect(Object.keys(after).filter((path) => /(^|\/)a[./]/.test(path))).toStrictEqual([
      'runs/a/report.html',
    ]);
    expect(await codeOf(() => loadVerified(registry, 'a'))).toBe('UNKNOWN_ID');
    expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
    await rollbackModel({ registry, id: 'a' });
    await rm(join(root, 'runs/a/report.html'));
    expect(await state()).toStrictEqual(before);
  });

  test('refuses an id that is not there', async () => {
    expect(await codeOf(() => removeModel({ registry, id: 'b' }))).toBe('UNKNOWN_ID');
  });
});

test('a diff names what changed in entry, sidecar, graph and metrics', async () => {
  await publishWithEvidence('a', 2);
  const diff = await diffModels({ registry, id: 'a' });
  expect(diff.entry.map(({ path }) => path)).toStrictEqual(['sha256', 'sidecar_sha256']);
  expect(diff.sidecar.map(({ path }) => path)).toStrictEqual(['sha256', 'training.seed']);
  expect(diff.graph.join()).toContain('bias');
  expect(diff.metrics).toStrictEqual([{ path: 'summary.mean_plcc', expected: 1, got: 2 }]);
  const same = await diffModels({ registry, id: 'a', from: diff.from, to: diff.from });
  expect([same.entry, same.sidecar, same.graph, same.metrics]).toStrictEqual([[], [], [], []]);
});

test('a prune removes old versions, whole, and only when asked', async () => {
  for (const value of [2, 3, 4]) await publishWithEvidence('a', value);
  const all = await versions();
  expect(await pruneHistory({ registry, id: 'a', keep: 1 })).toStrictEqual({
    id: 'a',
    removed: all.slice(1),
  });
  expect(await versions()).toStrictEqual(all.slice(0, 1));
  expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
});

test('a file in the history that belongs to no version is seen', async () => {
  await mkdir(join(root, 'model/.history/x'), { recursive: true });
  for (const name of ['evil.onnx', 'x/EVIL.ONNX']) await writeFile(join(root, 'model/.history', name), 'x');
  const { findings } = await verifyRegistry({ registry });
  expect(findings.map(({ severity, code, file }) => `${severity} ${code} ${file}`)).toStrictEqual([
    'error UNREGISTERED_FILE ../.history/evil.onnx',
    'error UNREGISTERED_FILE ../.history/x/EVIL.ONNX',
  ]);
});

test('a card is published, kept, brought back and removed with its model', async () => {
  const card = (text: string): { card: Uint8Array } => ({ card: Buffer.from(text) });
  const cardNow = async (): Promise<string | undefined> => (await contents(registry))['a.md'];
  await publish({ registry, ...tinyPublication('a', 1), ...card('one') });
  expect(await cardNow()).toBe('one');
  // the same model: no version is replaced, and a publish without a card leaves it
  expect(await publish({ registry, ...tinyPublication('a', 1), ...card('two') })).toMatchObject({
    archived: null,
  });
  await publish({ registry, ...tinyPublication('a', 1) });
  expect(await cardNow()).toBe('two');
  await publish({ registry, ...another('a', 2), replace: true });
  expect(await cardNow()).toBeUndefined();
  await rollbackModel({ registry, id: 'a' });
  expect(await cardNow()).toBe('two');
  const path = join(root, 'a.key');
  await generateKey(path);
  await signModel({ registry, id: 'a', key: await readSigningKey(path) });
  expect(await cardNow()).toBe('two');
  await removeModel({ registry, id: 'a' });
  expect(await cardNow()).toBeUndefined();
  await rollbackModel({ registry, id: 'a' });
  expect(await cardNow()).toBe('two');
});
