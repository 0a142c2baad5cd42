import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRegistry, type Registry } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { encodeModel } from '@vqforge/onnx';
import { describe, expect, test } from 'vitest';
import { exportRegistry } from '../src/export-registry.ts';
import { findEntry } from '../src/registry-entry.ts';
import { loadVerified, readRegistry } from '../src/load.ts';
import { publish } from '../src/publish.ts';
import { verifyRegistry } from '../src/verify.ts';
import {
  codeOf,
  contents,
  temporaryFolder,
  tinyOnnx,
  tinyPublication,
  tinySidecar,
} from '../../../testing/registry-models.ts';

async function writeRegistry(folder: string, registry: object): Promise<void> {
  await writeFile(join(folder, 'registry.json'), JSON.stringify(registry));
}

async function readBack(folder: string): Promise<Registry> {
  return parseRegistry(await readFile(join(folder, 'registry.json')));
}

describe('publish', () => {
  test('pins a model in an empty folder', async () => {
    const registry = await temporaryFolder();
    const publication = tinyPublication('fr_regressor_v1', 1);
    const result = await publish({ registry, ...publication, description: 'tiny' });
    expect(result).toMatchObject({
      id: 'fr_regressor_v1',
      changed: true,
      removed: [],
      recovered: [],
      written: ['fr_regressor_v1.onnx', 'fr_regressor_v1.json', 'registry.json'],
    });
    expect(Object.keys(await contents(registry))).toStrictEqual([
      'fr_regressor_v1.json',
      'fr_regressor_v1.onnx',
      'registry.json',
    ]);
    expect(await readBack(registry)).toStrictEqual({
      schema_version: 2,
      models: [
        {
          id: 'fr_regressor_v1',
          kind: 'fr',
          onnx: 'fr_regressor_v1.onnx',
          opset: 17,
          license: 'Apache-2.0',
          notes: 'adds one number',
          description: 'tiny',
          size_bytes: publication.onnx.bytes.length,
          sha256: result.digests.onnx,
          sidecar_sha256: result.digests.sidecar,
        },
      ],
    });
    expect(result.digests.registry).toBe(sha256(await readFile(join(registry, 'registry.json'))));
    const report = await verifyRegistry({ registry });
    expect(report).toMatchObject({ schemaVersion: 2, verified: ['fr_regressor_v1'], findings: [] });
    const model = await loadVerified(registry, 'fr_regressor_v1');
    expect(model.sidecarPinned).toBe(true);
    expect(Buffer.from(model.onnx).equals(publication.onnx.bytes)).toBe(true);
  });

  test('writes nothing when nothing changes', async () => {
    const registry = await temporaryFolder();
    await publish({ registry, ...tinyPublication('a', 1) });
    const forbidden = () => Promise.reject(new Error('a write'));
    const files = {
      createFile: forbidden,
      copyFile: forbidden,
      syncFile: forbidden,
      syncFolder: forbidden,
      makeFolder: forbidden,
      rename: forbidden,
      removeFile: forbidden,
      removeEmptyFolder: forbidden,
    };
    const result = await publish({ registry, ...tinyPublication('a', 1) }, files);
    expect(result).toMatchObject({ changed: false, written: [], removed: [] });
    await expect(publish({ registry, ...tinyPublication('a', 2) }, files)).rejects.toThrow('a write');
  });

  test('keeps what it does not own, and the version that other entries need', async () => {
    const registry = await temporaryFolder();
    const other = {
      id: 'zz',
      kind: 'nr',
      onnx: 'zz.onnx',
      sha256: 'cd'.repeat(32),
      license: 'MIT',
      notes: 'kept',
      smoke: true,
      sigstore_bundle: 'zz.onnx.sigstore.json',
      release_url: 'https://example.org',
    };
    const own = {
      id: 'a',
      kind: 'fr',
      onnx: 'a.onnx',
      sha256: 'cd'.repeat(32),
      description: 'old',
      custom: { deep: [1] },
    };
    await writeRegistry(registry, {
      $schema: './x.json',
      schema_version: 1,
      models: [other, own],
      top: 'kept',
    });
    await publish({ registry, ...tinyPublication('a', 1) });
    const after = await readBack(registry);
    // in version 2, zz would be refused: it pins no sidecar
    expect(after).toMatchObject({ $schema: './x.json', schema_version: 1, top: 'kept' });
    expect(after.models.map(({ id }) => id)).toStrictEqual(['a', 'zz']);
    expect(findEntry(after, 'zz')).toStrictEqual(other);
    expect(findEntry(after, 'a')).toMatchObject({
      description: 'old',
      custom: { deep: [1] },
      license: 'Apache-2.0',
      size_bytes: expect.any(Number) as number,
    });
    expect((await loadVerified(registry, 'a')).sidecarPinned).toBe(true);
  });

  test('lifts a registry to version 2 when its last unpinned entry is published', async () => {
    const registry = await temporaryFolder();
    const own = { id: 'a', kind: 'fr', onnx: 'a.onnx', sha256: 'cd'.repeat(32) };
    await writeRegistry(registry, { schema_version: 0, models: [own] });
    await publish({ registry, ...tinyPublication('a', 1) });
    expect(await readBack(registry)).toMatchObject({ schema_version: 2 });
  });

  test('a changed digest takes the old bundle and its key along, the same digests keep them', async () => {
    const registry = await temporaryFolder();
    const bundle = Buffer.from('{"signed":1}');
    await publish({ registry, ...tinyPublication('a', 1), bundle });
    expect((await readBack(registry)).models[0]?.sigstore_bundle).toBe('a.onnx.sigstore.json');
    expect(await publish({ registry, ...tinyPublication('a', 1) })).toMatchObject({ changed: false });
    expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);

    const result = await publish({ registry, ...tinyPublication('a', 2) });
    expect(result.removed).toStrictEqual(['a.onnx.sigstore.json']);
    expect((await readBack(registry)).models[0]).not.toHaveProperty('sigstore_bundle');
    expect(Object.keys(await contents(registry))).not.toContain('a.onnx.sigstore.json');
  });

  test('a renamed model file leaves no orphan', async () => {
    const registry = await temporaryFolder();
    await publish({ registry, ...tinyPublication('a', 1) });
    const bytes = tinyOnnx(1);
    const sidecar = tinySidecar('a', bytes, { onnx: 'b.onnx' });
    const result = await publish({ registry, onnx: { name: 'b.onnx', bytes }, sidecar });
    expect(result.removed).toStrictEqual(['a.onnx', 'a.json']);
    expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
  });

  test('repairs a file that is not what is pinned', async () => {
    const registry = await temporaryFolder();
    await publish({ registry, ...tinyPublication('a', 1) });
    await writeFile(join(registry, 'a.onnx'), 'tampered');
    expect((await publish({ registry, ...tinyPublication('a', 1) })).written).toStrictEqual(['a.onnx']);
  });

  test('does not depend on the order of publishing', async () => {
    const [one, two] = [await temporaryFolder(), await temporaryFolder()];
    for (const id of ['a', 'b', 'c']) await publish({ registry: one, ...tinyPublication(id, 1) });
    for (const id of ['c', 'a', 'b'])
      await publish({ registry: join(two, 'registry.json'), ...tinyPublication(id, 1) });
    expect(await contents(one)).toStrictEqual(await contents(two));
  });

  test('refuses what the load rule would refuse, with the folder untouched', async () => {
    const registry = await temporaryFolder();
    await publish({ registry, ...tinyPublication('a', 1) });
    const before = await contents(registry);
    const bytes = tinyOnnx(2);
    const forbidden = Buffer.from(
      encodeModel({
        irVersion: 8,
        opset: 17,
        producerName: '',
        graph: {
          name: 'g',
          initializers: [],
          inputs: [],
          outputs: [],
          nodes: [{ opType: 'RandomNormal', inputs: [], outputs: ['x'], attributes: {} }],
        },
      }),
    );
    const onnx = { name: 'a.onnx', bytes };
    const cases = [
      ['INVALID_PUBLICATION', { onnx, sidecar: tinySidecar('a', tinyOnnx(3)) }],
      ['INVALID_PUBLICATION', { onnx, sidecar: Buffer.from('{}') }],
      ['INVALID_PUBLICATION', { onnx: { name: 'sub/a.onnx', bytes }, sidecar: tinySidecar('a', bytes) }],
      [
        'INVALID_PUBLICATION',
        { onnx: { name: 'registry.onnx', bytes }, sidecar: tinySidecar('registry', bytes) },
      ],
      [
        'INVALID_PUBLICATION',
        { onnx, sidecar: tinySidecar('other_id_same_file', bytes, { onnx: 'a.onnx' }) },
      ],
      ['PATH_ESCAPE', { onnx: { name: '../a.onnx', bytes }, sidecar: tinySidecar('a', bytes) }],
      ['PATH_ESCAPE', { onnx: { name: '.a.onnx', bytes }, sidecar: tinySidecar('a', bytes) }],
      [
        'TOO_LARGE',
        {
          onnx: { name: 'a.onnx', bytes: Buffer.alloc(50 * 1_048_576 + 1) },
          sidecar: tinySidecar('a', bytes),
        },
      ],
      ['TOO_LARGE', { onnx, sidecar: tinySidecar('a', bytes), bundle: Buffer.alloc(1_048_577) }],
      [
        'FORBIDDEN_MODEL',
        { onnx: { name: 'f.onnx', bytes: forbidden }, sidecar: tinySidecar('f', forbidden) },
      ],
    ] as const;
    const got = [];
    for (const [, publication] of cases) got.push(await codeOf(() => publish({ registry, ...publication })));
    expect(got).toStrictEqual(cases.map(([code]) => code));
    expect(await contents(registry)).toStrictEqual(before);
  });

  test('never writes through a symbolic link', async () => {
    const [registry, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(elsewhere, 'target'), 'mine');
    await symlink(join(elsewhere, 'target'), join(registry, 'a.onnx'));
    expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 1) }))).toBe('PATH_ESCAPE');
    expect(await readFile(join(elsewhere, 'target'), 'utf8')).toBe('mine');
  });

  test('says so when the folder does not exist', async () => {
    const registry = join(await temporaryFolder(), 'missing');
    expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 1) }))).toBe('UNWRITABLE');
    expect(await codeOf(() => readRegistry(registry))).toBe('MISSING_REGISTRY');
  });
});

describe('reading', () => {
  test('finds an entry or names those that there are', async () => {
    const registry = await temporaryFolder();
    await publish({ registry, ...tinyPublication('a', 1) });
    const { registry: read, folder, file } = await readRegistry(join(registry, 'registry.json'));
    expect({ folder, file }).toStrictEqual({ folder: registry, file: 'registry.json' });
    expect(findEntry(read, 'a').onnx).toBe('a.onnx');
    expect(() => findEntry(read, 'b')).toThrow(/no entry "b", expected one of: a/);
    expect(await codeOf(() => loadVerified(registry, 'b'))).toBe('UNKNOWN_ID');
    expect(await codeOf(() => verifyRegistry({ registry, ids: ['b'] }))).toBe('UNKNOWN_ID');
  });

  test('exports schema version 1 with the keys that its schema allows', async () => {
    const registry = await temporaryFolder();
    await publish({ registry, ...tinyPublication('a', 1), shipped: false });
    const { registry: read } = await readRegistry(registry);
    const exported = JSON.parse(exportRegistry({ ...read, extra: 1 }, 1)) as Registry;
    expect(Object.keys(exported)).toStrictEqual(['models', 'schema_version']);
    expect(exported.schema_version).toBe(1);
    expect(Object.keys(exported.models[0] ?? {})).toStrictEqual([
      'id',
      'kind',
      'license',
      'notes',
      'onnx',
      'opset',
      'sha256',
    ]);
  });
});
