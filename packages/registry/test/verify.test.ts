import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '@vqforge/base';
import { parseRegistry, type RegistryEntry } from '@vqforge/artifact';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadVerified } from '../src/load.ts';
import { publish } from '../src/publish.ts';
import { verifyRegistry } from '../src/verify.ts';
import { codeOf, contents, temporaryFolder, tinyPublication } from '../../../testing/registry-models.ts';
import { caseTable } from '../../../testing/case-table.ts';

let registry: string;

beforeEach(async () => {
  registry = await temporaryFolder();
  await publish({ registry, ...tinyPublication('a', 1) });
});

/** Codes of the findings, with their severities. */
async function findings(): Promise<string[]> {
  const report = await verifyRegistry({ registry });
  return report.findings.map(({ severity, code, file }) => `${severity} ${code} ${file}`);
}

async function editEntry(change: Record<string, unknown>): Promise<void> {
  const path = join(registry, 'registry.json');
  const { models, ...header } = parseRegistry(await readFile(path));
  const edited = Object.entries({ ...models[0], ...change }).filter(([, value]) => value !== undefined);
  await writeFile(path, canonicalJson({ ...header, models: [Object.fromEntries(edited)] }));
}

describe('tampering', () => {
  // of the sidecar in memory: tampering.test.ts
  test.each(caseTable(['a.onnx'], ['a.json']))('every flipped byte of %s is detected', async (file) => {
    const path = join(registry, file);
    const bytes = await readFile(path);
    const undetected = [];
    for (let position = 0; position < bytes.length; position++) {
      const flipped = Buffer.from(bytes);
      flipped[position] = (flipped[position] ?? 0) ^ 0xff;
      await writeFile(path, flipped);
      const report = await verifyRegistry({ registry });
      const isDetected = report.findings.some(
        (found) => found.code === 'DIGEST_MISMATCH' && found.file === file,
      );
      if (!isDetected || report.verified.length > 0) undetected.push(position);
    }
    expect(undetected).toStrictEqual([]);
    expect(await codeOf(() => loadVerified(registry, 'a'))).toBe('DIGEST_MISMATCH');
    await writeFile(path, bytes);
    expect(await findings()).toStrictEqual([]);
  });

  test('a shorter or longer file is detected', async () => {
    await truncate(join(registry, 'a.onnx'), 10);
    expect(await findings()).toContain('error DIGEST_MISMATCH a.onnx');
    expect(await findings()).toContain('error SIZE_MISMATCH a.onnx');
  });

  test.each([
    [{ sha256: 'ab'.repeat(32) }, 'error DIGEST_MISMATCH a.onnx'],
    [{ sidecar_sha256: 'ab'.repeat(32) }, 'error DIGEST_MISMATCH a.json'],
    [{ size_bytes: 1 }, 'error SIZE_MISMATCH a.onnx'],
    [{ opset: 18 }, 'error SIDECAR_DISAGREES a.json'],
    [{ id: 'b' }, 'error SIDECAR_DISAGREES a.json'],
    [{ sidecar_sha256: undefined }, 'error UNPINNED_ENTRY registry.json'],
    [{ size_bytes: undefined }, 'error UNPINNED_ENTRY registry.json'],
    [{ sidecar_sha256: undefined, smoke: true }, 'error UNPINNED_ENTRY registry.json'],
    [{ sigstore_bundle: 'a.sigstore.json' }, 'warning MISSING_BUNDLE a.sigstore.json'],
    [{ int8_sha256: 'ab'.repeat(32) }, 'error MISSING_FILE a.int8.onnx'],
    [{ onnx: 'b.onnx' }, 'error MISSING_FILE b.onnx'],
    [{ kind: 'xr' }, 'error INVALID_ENTRY registry.json'],
  ])('an entry edited to %j is reported', async (change, expected) => {
    await editEntry(change);
    expect(await findings()).toContain(expected);
    // what loading accepts is what verification accepts
    const isError = (await findings()).some((line) => line.startsWith('error'));
    const id = 'id' in change ? change.id : 'a';
    expect((await codeOf(() => loadVerified(registry, id))) === 'no error').toBe(!isError);
  });

  test('an entry of version 1 may leave out what version 2 pins', async () => {
    await editEntry({ sidecar_sha256: undefined, size_bytes: undefined });
    const path = join(registry, 'registry.json');
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace('"schema_version": 2', '"schema_version": 1'),
    );
    expect(await findings()).toStrictEqual(['warning SIDECAR_UNPINNED a.json']);
    expect((await loadVerified(registry, 'a')).sidecarPinned).toBe(false);
  });
});

describe('files', () => {
  test('missing, unregistered and unrelated files', async () => {
    await rm(join(registry, 'a.json'));
    const strays = [
      'stray.onnx',
      'stray.onnx.data',
      'README.md',
      'registry.schema.json',
      '.hidden',
      '.evil.onnx',
      'EVIL.ONNX',
      'a.ONNX',
      'evil.Ort',
      '.registry-evil.onnx',
      'sub/deep.onnx',
      'sub/.x/y.Onnx',
    ];
    await mkdir(join(registry, 'sub/.x'), { recursive: true });
    for (const name of strays) await writeFile(join(registry, name), 'x');
    // a folder with a registry of its own
    const other = join(registry, 'other');
    await mkdir(other);
    await publish({ registry: other, ...tinyPublication('a', 1) });
    expect(await findings()).toStrictEqual([
      'error MISSING_FILE a.json',
      'error UNREGISTERED_FILE .evil.onnx',
      'warning UNREGISTERED_FILE .hidden',
      'error UNREGISTERED_FILE .registry-evil.onnx',
      'error UNREGISTERED_FILE EVIL.ONNX',
      'error UNREGISTERED_FILE a.ONNX',
      'error UNREGISTERED_FILE evil.Ort',
      'error UNREGISTERED_FILE stray.onnx',
      'warning UNREGISTERED_FILE stray.onnx.data',
      'error UNREGISTERED_FILE sub/.x/y.Onnx',
      'error UNREGISTERED_FILE sub/deep.onnx',
    ]);
    expect(await codeOf(() => loadVerified(registry, 'a'))).toBe('MISSING_FILE');
  });

  test('a pinned model that is not shipped is skipped, and its sidecar is checked where it is', async () => {
    await publish({ registry, ...tinyPublication('b', 1), shipped: false });
    expect((await verifyRegistry({ registry })).verified).toStrictEqual(['a', 'b']);
    const sidecar = join(registry, 'b.json');
    const bytes = await readFile(sidecar);
    await rm(sidecar);
    expect(await findings()).toStrictEqual(['error MISSING_FILE b.json']);
    await rm(join(registry, 'b.onnx'));
    expect(await findings()).toStrictEqual(['info NOT_SHIPPED b.onnx']);
    await writeFile(sidecar, bytes);
    expect(await findings()).toStrictEqual(['info NOT_SHIPPED b.onnx']);
    await writeFile(sidecar, 'tampered');
    expect(await findings()).toContain('error DIGEST_MISMATCH b.json');
    await writeFile(sidecar, bytes);
    expect(await verifyRegistry({ registry })).toMatchObject({ verified: ['a'], skipped: ['b'] });
    expect(await codeOf(() => loadVerified(registry, 'b'))).toBe('NOT_SHIPPED');
  });

  test('only the ids asked for', async () => {
    await publish({ registry, ...tinyPublication('b', 1) });
    await writeFile(join(registry, 'b.onnx'), 'tampered');
    expect(await verifyRegistry({ registry, ids: ['a'] })).toMatchObject({ verified: ['a'], findings: [] });
    expect((await verifyRegistry({ registry, ids: ['b'] })).verified).toStrictEqual([]);
  });

  test('symbolic links, folders and oversized files are refused without being read', async () => {
    const elsewhere = await temporaryFolder();
    const { onnx } = tinyPublication('a', 1);
    await writeFile(join(elsewhere, 'a.onnx'), onnx.bytes);
    await rm(join(registry, 'a.onnx'));
    await symlink(join(elsewhere, 'a.onnx'), join(registry, 'a.onnx'));
    expect(await findings()).toStrictEqual(['error PATH_ESCAPE a.onnx']);
    expect(await codeOf(() => loadVerified(registry, 'a'))).toBe('PATH_ESCAPE');

    await editEntry({ onnx: 'sub/a.onnx' });
    await symlink(elsewhere, join(registry, 'sub'));
    expect(await findings()).toContain('error PATH_ESCAPE sub/a.onnx');

    await editEntry({ onnx: 'a.onnx' });
    await rm(join(registry, 'a.onnx'));
    await mkdir(join(registry, 'a.onnx'));
    expect(await findings()).toContain('error NOT_A_FILE a.onnx');

    await rm(join(registry, 'a.onnx'), { recursive: true });
    await writeFile(join(registry, 'a.onnx'), '');
    await truncate(join(registry, 'a.onnx'), 50 * 1_048_576 + 1);
    expect(await findings()).toContain('error TOO_LARGE a.onnx');
    expect(await codeOf(() => loadVerified(registry, 'a'))).toBe('TOO_LARGE');
  });
});

describe('hostile registries', () => {
  const entry: RegistryEntry = { id: 'a', kind: 'fr', onnx: 'a.onnx', sha256: 'ab'.repeat(32) };
  const registryOf = (model: object): string => JSON.stringify({ schema_version: 1, models: [model] });

  test.each([
    ['not JSON', 'registry', 'BAD_REGISTRY'],
    ['empty', '', 'BAD_REGISTRY'],
    ['not an object', '[]', 'BAD_REGISTRY'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'BAD_REGISTRY'],
    ['with NUL', '{"schema_version":1,\u0000"models":[]}', 'BAD_REGISTRY'],
    ['of a future version', '{"schema_version":3,"models":[]}', 'UNSUPPORTED_VERSION'],
    ['deep', '['.repeat(500_000), 'BAD_REGISTRY'],
    ['huge', `{"x":"${'x'.repeat(2_000_000)}"}`, 'TOO_LARGE'],
    ['with duplicate keys', '{"schema_version":1,"models":[],"models":[]}', 'BAD_REGISTRY'],
    ['with __proto__', '{"schema_version":1,"models":[],"__proto__":{}}', 'BAD_REGISTRY'],
    ['without models', '{"schema_version":1}', 'BAD_REGISTRY'],
  ])('%s', async (_, text, code) => {
    await writeFile(join(registry, 'registry.json'), text);
    expect(await codeOf(() => verifyRegistry({ registry }))).toBe(code);
    expect(await codeOf(() => loadVerified(registry, 'a'))).toBe(code);
    const before = await contents(registry);
    expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 2) }))).toBe(code);
    expect(await contents(registry)).toStrictEqual(before);
  });

  test.each([
    ['../a.onnx', 'INVALID_ENTRY'],
    ['/etc/a.onnx', 'INVALID_ENTRY'],
    ['a\u0000.onnx', 'INVALID_ENTRY'],
    ['a/../../a.onnx', 'PATH_ESCAPE'],
    ['a/./a.onnx', 'PATH_ESCAPE'],
    ['a//a.onnx', 'PATH_ESCAPE'],
  ])('an entry of %j reads nothing outside the folder', async (onnx, code) => {
    await writeFile(join(registry, 'registry.json'), registryOf({ ...entry, onnx }));
    const report = await verifyRegistry({ registry });
    expect(report.findings.map((finding) => finding.code)).toContain(code);
    expect(report.verified).toStrictEqual([]);
  });

  test('duplicate ids are one finding, and load nothing', async () => {
    await writeFile(
      join(registry, 'registry.json'),
      JSON.stringify({ schema_version: 1, models: [entry, entry] }),
    );
    expect(await findings()).toContain('error DUPLICATE_ID registry.json');
    expect(await codeOf(() => loadVerified(registry, 'a'))).toBe('BAD_REGISTRY');
  });

  test.each(['null', '1', '"x"', '{}', '{"id":7}', '{"id":{"id":"a"}}'])(
    'the entry %s is one finding',
    async (model) => {
      await writeFile(join(registry, 'registry.json'), `{"schema_version":2,"models":[${model}]}`);
      const report = await verifyRegistry({ registry });
      expect(report.findings.filter(({ code }) => code === 'INVALID_ENTRY')).toHaveLength(1);
    },
  );

  test.each([
    ['not a journal', 'x'],
    ['another schema', '{"schema":"v9","id":"a","writes":[],"removals":[]}'],
    ['a write outside', journalOf({ name: '../x', sha256: 'ab'.repeat(32), size_bytes: 1 })],
    ['a write of nothing', journalOf(null)],
    ['a write without digest', journalOf({ name: 'a.onnx', size_bytes: 1 })],
  ])('a planted journal that is %s', async (_, text) => {
    await mkdir(join(registry, '.registry-commit'));
    await writeFile(join(registry, '.registry-commit', 'journal.json'), text);
    expect(['DAMAGED_JOURNAL', 'PATH_ESCAPE']).toContain(await codeOf(() => verifyRegistry({ registry })));
    const before = await contents(registry);
    const refused = await codeOf(() => publish({ registry, ...tinyPublication('a', 2) }));
    expect(['DAMAGED_JOURNAL', 'PATH_ESCAPE']).toContain(refused);
    expect(await contents(registry)).toStrictEqual(before);
  });

  test('a journal whose files are gone is never applied', async () => {
    await mkdir(join(registry, '.registry-commit'));
    const journal = journalOf({ name: 'a.onnx', sha256: 'ab'.repeat(32), size_bytes: 1 });
    await writeFile(join(registry, '.registry-commit', 'journal.json'), journal);
    const before = await contents(registry);
    expect(await findings()).toStrictEqual(['warning PENDING_PUBLISH .registry-commit']);
    expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 2) }))).toBe('DAMAGED_JOURNAL');
    expect(await contents(registry)).toStrictEqual(before);
  });
});

function journalOf(write: unknown): string {
  return JSON.stringify({ schema: 'vqforge-publish-journal-v1', id: 'a', writes: [write], removals: [] });
}

describe('planted working folders', () => {
  test.each(['.registry-commit', '.registry-stage.0123456789ab'])(
    '%s that is a link is not followed',
    async (name) => {
      const elsewhere = await temporaryFolder();
      await writeFile(
        join(elsewhere, 'journal.json'),
        journalOf({ name: 'a.onnx', sha256: 'ab'.repeat(32), size_bytes: 1 }),
      );
      await symlink(elsewhere, join(registry, name));
      const before = await contents(elsewhere);
      const code = await codeOf(() => publish({ registry, ...tinyPublication('a', 2) }));
      expect(code).toBe(name === '.registry-commit' ? 'PATH_ESCAPE' : 'no error');
      expect(await contents(elsewhere)).toStrictEqual(before);
    },
  );

  test('an empty one is reported, and removed by the next publish even if that changes nothing else', async () => {
    await mkdir(join(registry, '.registry-commit'));
    await mkdir(join(registry, '.registry-stage.0123456789ab'));
    expect(await findings()).toStrictEqual([
      'info LEFTOVER .registry-commit',
      'info LEFTOVER .registry-stage.0123456789ab',
    ]);
    const result = await publish({ registry, ...tinyPublication('a', 1) });
    expect(result.changed).toBe(false);
    expect(result.recovered.map(({ kind }) => kind)).toStrictEqual(['completed', 'discarded']);
    expect(await findings()).toStrictEqual([]);
  });
});
