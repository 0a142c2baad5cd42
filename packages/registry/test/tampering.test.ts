import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '@vqforge/base';
import { parseRegistry } from '@vqforge/artifact';
import { beforeAll, expect, test } from 'vitest';
import { findEntry } from '../src/registry-entry.ts';
import {
  generateKey,
  readSigningKey,
  readVerificationKey,
  type VerificationKey,
} from '../src/attestation/key-files.ts';
import { signModel } from '../src/attestation/sign.ts';
import type { View } from '../src/snapshot-files.ts';
import { checkEntry } from '../src/verify-entry.ts';
import { verifyView } from '../src/verify.ts';
import { temporaryFolder } from '../../../testing/registry-models.ts';

const ID = 'fr_regressor_v1';
const TINY = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const NAMES = [`${ID}.onnx`, `${ID}.json`, `${ID}.onnx.sigstore.json`, 'registry.json'];

const files = new Map<string, Buffer>();
let key: VerificationKey;

/** The pinned regressor, signed, in memory: tens of thousands of verifications need no disk. */
beforeAll(async () => {
  const [registry, keys] = [await temporaryFolder(), join(await temporaryFolder(), 'key.pem')];
  for (const name of [`${ID}.onnx`, `${ID}.json`]) await cp(join(TINY, name), join(registry, name));
  const pinned = JSON.parse(await readFile(join(TINY, 'registry.json'), 'utf8')) as {
    models: { id: string }[];
  };
  const models = pinned.models.filter(({ id }) => id === ID); // a flipped byte of another entry is not this one's
  await writeFile(join(registry, 'registry.json'), canonicalJson({ ...pinned, models }));
  const { publicPath } = await generateKey(keys);
  key = await readVerificationKey(publicPath);
  await signModel({ registry, id: ID, key: await readSigningKey(keys) });
  for (const name of NAMES) files.set(name, await readFile(join(registry, name)));
});

const view: View = {
  folder: 'memory',
  file: 'registry.json',
  journal: null,
  read: (name) => Promise.resolve(files.get(name) ?? null),
  files: () => Promise.resolve([...files.keys()].sort()),
  leftovers: () => Promise.resolve([]),
};

/** Whether `registry verify` would exit 0: the model is verified, and nothing is refused before that. */
async function isVerified(isSigned: boolean): Promise<boolean> {
  const signature = isSigned ? { signature: { key, isRequired: true } } : {};
  try {
    const { verified } = await verifyView(view, { registry: 'memory', ids: [ID], ...signature });
    return verified.length > 0;
  } catch {
    return false;
  }
}

/** Positions at which a changed byte goes unnoticed. */
async function undetected(name: string, isSigned: boolean): Promise<number[]> {
  const bytes = files.get(name) ?? Buffer.alloc(0);
  const positions: number[] = [];
  for (const [position, byte] of [...bytes].entries()) {
    // the lowest bit keeps most text readable: the hardest change to see
    bytes[position] = byte ^ 1;
    if (await isVerified(isSigned)) positions.push(position);
    bytes[position] = byte;
  }
  return positions;
}

test('untouched, it verifies with and without its signature', async () => {
  expect([await isVerified(false), await isVerified(true)]).toStrictEqual([true, true]);
});

test('every flipped byte of the pinned model is detected', async () => {
  const name = `${ID}.onnx`;
  const bytes = files.get(name) ?? Buffer.alloc(0);
  const { models } = parseRegistry(files.get('registry.json'));
  // without its sidecar, whose reading would be most of the time
  const { sidecar_sha256: _, ...unpinned } = findEntry({ schema_version: 2, models }, ID);
  const entry = { ...unpinned, smoke: true };
  const onlyModel: View = { ...view, read: (file) => Promise.resolve(file === name ? bytes : null) };
  const mismatches = async (): Promise<number> =>
    (await checkEntry(onlyModel, entry, 1)).findings.filter(({ code }) => code === 'DIGEST_MISMATCH').length;
  expect([bytes.length > 19_000, await mismatches()]).toStrictEqual([true, 0]);
  const positions: number[] = [];
  for (const [position, byte] of [...bytes].entries()) {
    bytes[position] = byte ^ 1;
    if ((await mismatches()) !== 1) positions.push(position);
    bytes[position] = byte;
  }
  expect(positions).toStrictEqual([]);
});

test('every flipped byte of the pinned sidecar is detected', async () => {
  expect(await undetected(`${ID}.json`, false)).toStrictEqual([]);
});

test('with its signature, so is every flipped byte of the registry', async () => {
  expect(await undetected('registry.json', true)).toStrictEqual([]);
});
