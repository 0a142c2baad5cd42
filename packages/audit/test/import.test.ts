import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson, sha256 } from '@vqforge/base';
import { parseSidecar, type RegressorSidecar } from '@vqforge/artifact';
import { decodeModel } from '@vqforge/onnx';
import { beforeEach, describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import { RegistryError } from '@vqforge/registry';
import {
  generateKey,
  importModel,
  type ImportOptions,
  type ImportResult,
  loadVerified,
  publish,
  readSigningKey,
  readVerificationKey,
  signModel,
  verifyRegistry,
} from '@vqforge/registry/node';
import {
  codeOf,
  contents,
  temporaryFolder,
  tinyPublication,
  tinySidecar,
} from '../../../testing/registry-models.ts';

let from: string;
let registry: string;

beforeEach(async () => {
  from = await temporaryFolder();
  registry = await temporaryFolder();
});

function take(options: Partial<ImportOptions> = {}): Promise<ImportResult> {
  return importModel({ from, id: 'a', registry, version: '0.1.0', ...options });
}

async function refusal(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof RegistryError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('from a registry of ours', () => {
  beforeEach(async () => {
    await publish({ registry: from, ...tinyPublication('a', 1), description: 'adds' });
    await publish({ registry: from, ...tinyPublication('b', 2) });
  });

  test('one model is copied byte for byte, beside those that are there', async () => {
    await publish({ registry, ...tinyPublication('c', 3) });
    const result = await take();
    expect(result.signature).toBe('none');
    expect(result.digests.onnx).toBe(result.sourceDigest);
    const [there, here] = [await contents(from), await contents(registry)];
    expect(here['a.onnx']).toBe(there['a.onnx']);
    expect(here['a.json']).toBe(there['a.json']);
    expect((await verifyRegistry({ registry })).verified).toStrictEqual(['a', 'c']);
    expect((await loadVerified(registry, 'a')).entry.description).toBe('adds');
    expect((await take()).changed).toBe(false);
  });

  test('a signature goes along while it signs what is pinned here', async () => {
    const keys = join(await temporaryFolder(), 'k');
    await generateKey(keys);
    await signModel({ registry: from, id: 'a', key: await readSigningKey(keys) });
    const check = { key: await readVerificationKey(`${keys}.pub`), isRequired: true };
    expect((await take({ signature: check })).signature).toBe('kept');
    expect((await verifyRegistry({ registry, signature: check })).verified).toStrictEqual(['a']);
    expect(await codeOf(() => take({ id: 'b', signature: check }))).toBe('REFUSED_IMPORT');

    // an entry that says more here than was signed there
    const path = join(registry, 'registry.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"id": "a",', '"id": "a", "smoke": false,'));
    expect((await take({ signature: check })).signature).toBe('dropped');
  });

  test.each([
    ['a tampered model', async () => writeFile(join(from, 'a.onnx'), 'x'), 'REFUSED_IMPORT'],
    ['a tampered sidecar', async () => writeFile(join(from, 'a.json'), '{}'), 'REFUSED_IMPORT'],
    ['a missing model', async () => rm(join(from, 'a.onnx')), 'REFUSED_IMPORT'],
    ['no registry', async () => rm(join(from, 'registry.json')), 'MISSING_REGISTRY'],
  ])('%s is refused, and nothing is written', async (_, tamper, code) => {
    await tamper();
    expect(await codeOf(() => take())).toBe(code);
    expect(await contents(registry)).toStrictEqual({});
  });

  test('an unknown id', async () => {
    expect(await codeOf(() => take({ id: 'z' }))).toBe('UNKNOWN_ID');
  });
});

describe('from a registry of version 1 with a sidecar in another spelling', () => {
  const { onnx } = tinyPublication('a', 1);
  const dialect = {
    id: 'a',
    opset: 17,
    notes: 'adds',
    input_names: ['wrong'],
    feature_order: ['adm2'],
    feature_mean: [0.5],
    feature_std: [2],
  };
  const complete = parseSidecar(tinySidecar('a', onnx.bytes)) as RegressorSidecar;

  beforeEach(async () => {
    const entry = {
      id: 'a',
      kind: 'fr',
      onnx: 'a.onnx',
      sha256: sha256(onnx.bytes),
      license: 'BSD-2-Clause',
    };
    await writeFile(join(from, 'registry.json'), canonicalJson({ schema_version: 1, models: [entry] }));
    await writeFile(join(from, 'a.onnx'), onnx.bytes);
    await writeFile(join(from, 'a.json'), canonicalJson(dialect));
  });

  /** What the source does not state. */
  const { task, teacher, training, parity, output_range, input_standardised_by, feature_min, feature_max } =
    complete;
  const facts = {
    task,
    teacher,
    training,
    parity,
    output_range,
    input_standardised_by,
    feature_min,
    feature_max,
  };
  const given = (change: object = {}): Buffer => Buffer.from(canonicalJson({ ...facts, ...change }));

  test('nothing is invented: the missing facts are named', async () => {
    const message = await refusal(() => take());
    expect(message).toMatch(/^BAD_SIDECAR .*trainer dialect/);
    for (const field of [
      'output_range',
      'input_standardised_by',
      'parity',
      'teacher',
      'training',
      'feature_min',
    ]) {
      expect(message).toContain(`${field}:`);
    }
    expect(message).not.toContain('feature_mean:');
    expect(await contents(registry)).toStrictEqual({});
  });

  test('with them it is pinned, what the graph says comes from the graph, and the origin is recorded', async () => {
    const original = await readFile(join(from, 'a.json'));
    const { sourceDigest, digests } = await take({ facts: given() });
    expect(digests.onnx).toBe(sourceDigest);
    const { sidecar } = await loadVerified(registry, 'a');
    expect(sidecar).toMatchObject({
      license: 'BSD-2-Clause',
      notes: 'adds',
      feature_mean: [0.5],
      feature_std: [2],
      input_names: ['features'],
      run_provenance: {
        entrypoint: { command: 'vqforge registry import' },
        inputs: { source_onnx: sourceDigest, source_sidecar: sha256(original), facts: sha256(given()) },
        outputs: { onnx: sourceDigest },
      },
    });
  });

  test.each([
    ['contradict the source', { notes: 'multiplies' }, 'contradicts the source in notes'],
    ['are incomplete', { training: {} }, 'training.'],
    ['have a key of nobody', { nobody: 1 }, 'nobody'],
  ])('facts that %s are refused', async (_, change, expected) => {
    expect(await refusal(() => take({ facts: given(change) }))).toContain(expected);
    expect(await codeOf(() => take({ facts: Buffer.from('[]') }))).toBe('BAD_SIDECAR');
  });
});

const REFERENCE = fileURLToPath(new URL('../../../../shared/reference', import.meta.url));
const isHere = existsSync(join(REFERENCE, 'registry.json'));
if (!isHere) console.log("skipped: the reference system's model folder is not beside the repository");

describe.skipIf(!isHere)('from the reference', () => {
  const id = 'fr_regressor_v1';
  const facts = Buffer.from(
    canonicalJson({
      task: 'feature_regression',
      output_range: { min: null, max: null },
      input_standardised_by: 'caller',
      // invented for the test
      parity: { engine: 'wasm', max_abs_error: 0, tolerance: 1e-3, unit: 'rows', n: 1 },
      feature_min: [0, 0, 0, 0, 0, 0],
      feature_max: [1, 1, 1, 1, 1, 20],
      teacher: { column: 'vmaf', model: 'vmaf_v0.6.1' },
      training: (parseSidecar(tinySidecar('a', new Uint8Array())) as RegressorSidecar).training,
    }),
  );

  test('weights outside the digest are refused, or brought inside under a new digest', async () => {
    const refused = await refusal(() => take({ from: REFERENCE, id, facts }));
    expect(refused).toContain('REFUSED_IMPORT');
    expect(refused).toContain('95.9 % of the weights');
    const result = await take({ from: REFERENCE, id, facts, inlineExternalData: true });
    expect(result.digests.onnx).not.toBe(result.sourceDigest);
    const { onnx, sidecar } = await loadVerified(registry, id);
    const data = await readFile(join(REFERENCE, 'fr_regressor_v1.onnx.data'));
    expect(sidecar.run_provenance).toMatchObject({
      args: { id, inline_external_data: true },
      inputs: { source_onnx: result.sourceDigest, external_data: [sha256(data)] },
      outputs: { onnx: result.digests.onnx },
    });
    const weights = decodeModel(onnx, { canonical: true }).graph.initializers.map(({ raw }) => raw.length);
    expect(weights).toEqual(expect.arrayContaining([1536, 16_384]));
    expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
  });

  test('weights that are only zeros are refused all the same', async () => {
    for (const name of ['registry.json', `${id}.onnx`, `${id}.json`])
      await copyFile(join(REFERENCE, name), join(from, name));
    await writeFile(join(from, `${id}.onnx.data`), Buffer.alloc(17_920));
    expect(await refusal(() => take({ id, facts, inlineExternalData: true }))).toContain('ZERO_WEIGHTS');
    await rm(join(from, `${id}.onnx.data`));
    expect(await codeOf(() => take({ id, facts, inlineExternalData: true }))).toBe('REFUSED_IMPORT');
  });

  test('what was imported is audited like the rest', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'model'));
    await take({ from: REFERENCE, id, facts, inlineExternalData: true, registry: join(root, 'model') });
    const { findings, verified } = await audit({ root, today: '2026-11-21' });
    expect(verified).toStrictEqual([id]);
    expect(findings.filter(({ severity }) => severity === 'error')).toStrictEqual([]);
  });
});
