import { createPublicKey, generateKeyPairSync, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { chmod, copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import { canonicalJson } from '@vqforge/base';
import {
  type EnvironmentDocument,
  formatStatement,
  parseRegistry,
  parseStatement,
  type Statement,
} from '@vqforge/artifact';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  generateKey,
  readSigningKey,
  readVerificationKey,
  type SigningKey,
  type VerificationKey,
} from '../src/attestation/key-files.ts';
import { bundleCheck, loadVerified } from '../src/load.ts';
import { publish } from '../src/publish.ts';
import { signModel } from '../src/attestation/sign.ts';
import { verifyRegistry } from '../src/verify.ts';
import type { Report } from '../src/finding.ts';
import { codeOf, contents, temporaryFolder, tinyPublication } from '../../../testing/registry-models.ts';

const BUNDLE = 'a.onnx.sigstore.json';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

let registry: string;
let key: SigningKey;
let publicKey: VerificationKey;

beforeEach(async () => {
  registry = await temporaryFolder();
  const keys = await temporaryFolder();
  const path = join(keys, 'signer.pem');
  const { publicPath } = await generateKey(path);
  key = await readSigningKey(path);
  publicKey = await readVerificationKey(publicPath);
  for (const id of ['a', 'b']) {
    await publish({ registry, ...tinyPublication(id, id === 'a' ? 1 : 2) });
    await signModel({ registry, id, key, sourceCommit: COMMIT });
  }
});

/** What a required signature check finds, with severities. */
async function findings(ids: readonly string[] = ['a'], by: VerificationKey = publicKey): Promise<string[]> {
  const report = await verifyRegistry({ registry, ids, signature: { key: by, isRequired: true } });
  return report.findings.map(({ severity, code, file }) => `${severity} ${code} ${file}`);
}

interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly sig: string; readonly keyid: string }[];
}
interface BundleDocument {
  readonly verificationMaterial: { readonly publicKey: { readonly hint: string } };
  readonly dsseEnvelope: Envelope;
}

async function bundle(): Promise<BundleDocument> {
  return JSON.parse(await readFile(join(registry, BUNDLE), 'utf8')) as BundleDocument;
}

/** The bytes that DSSE signs, spelled out once more from its specification. */
function preAuthEncoding({ payload, payloadType }: Envelope): Buffer {
  const body = Buffer.from(payload, 'base64');
  return Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body]);
}

/** The bundle with another statement or type, signed with the given key. */
async function resign(change: (statement: Statement) => object, type?: string): Promise<void> {
  const document = await bundle();
  const statement = parseStatement(Buffer.from(document.dsseEnvelope.payload, 'base64'));
  const unsigned: Envelope = {
    ...document.dsseEnvelope,
    payloadType: type ?? document.dsseEnvelope.payloadType,
    payload: Buffer.from(canonicalJson(change(statement))).toString('base64'),
  };
  const sig = nodeSign(null, preAuthEncoding(unsigned), key.privateKey).toString('base64');
  const dsseEnvelope = { ...unsigned, signatures: [{ sig, keyid: key.keyId }] };
  await writeFile(join(registry, BUNDLE), canonicalJson({ ...document, dsseEnvelope }));
}

async function editEntry(change: Record<string, unknown>): Promise<void> {
  const path = join(registry, 'registry.json');
  const { models, ...header } = parseRegistry(await readFile(path));
  const edited = models.map((entry) =>
    entry.id === 'a'
      ? Object.fromEntries(Object.entries({ ...entry, ...change }).filter(([, value]) => value !== undefined))
      : entry,
  );
  await writeFile(path, canonicalJson({ ...header, models: edited }));
}

describe('a signed model', () => {
  test('verifies, loads, and is named with its bundle by the entry', async () => {
    expect(await findings(['a', 'b'])).toStrictEqual([]);
    const { entry } = await loadVerified(registry, 'a');
    expect(entry.sigstore_bundle).toBe(BUNDLE);
    expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
  });

  test('is accepted by Sigstore’s own verifier, which asks for the key by its id', async () => {
    const entity = toSignedEntity(bundleFromJSON(await bundle()));
    const asked: string[] = [];
    const verifier = new Verifier(
      {
        certificateAuthorities: [],
        timestampAuthorities: [],
        tlogs: [],
        ctlogs: [],
        publicKey: (hint) => {
          asked.push(hint);
          return { publicKey: publicKey.publicKey, validFor: () => true };
        },
      },
      { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 },
    );
    expect(verifier.verify(entity).key).toBe(publicKey.publicKey);
    expect(asked).toStrictEqual([publicKey.keyId]);
  });

  test('is accepted by node:crypto over the DSSE pre-authentication encoding', async () => {
    const { dsseEnvelope } = await bundle();
    const signature = Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64');
    expect(nodeVerify(null, preAuthEncoding(dsseEnvelope), publicKey.publicKey, signature)).toBe(true);
  });

  test('says what it is, what it was made from and by whom', async () => {
    const { dsseEnvelope } = await bundle();
    const statement = parseStatement(Buffer.from(dsseEnvelope.payload, 'base64'));
    const { entry, sidecar } = await loadVerified(registry, 'a');
    expect(dsseEnvelope.payloadType).toBe('application/vnd.in-toto+json');
    expect(statement.subject).toStrictEqual([
      { name: 'a.onnx', digest: { sha256: entry.sha256 } },
      { name: 'a.json', digest: { sha256: entry.sidecar_sha256 } },
    ]);
    const { buildDefinition, runDetails } = statement.predicate;
    expect(buildDefinition.externalParameters).toMatchObject({ args: sidecar.run_provenance.args });
    expect(buildDefinition.resolvedDependencies.map(({ name, digest }) => [name, digest])).toStrictEqual([
      ['source', { gitCommit: COMMIT }],
      ['table', { vqforgeTableContent: 'ab'.repeat(32) }],
    ]);
    expect(runDetails.builder).toStrictEqual({
      id: 'urn:vqforge:builder:local',
      version: { '@vqforge/cli': '0.1.0' },
    });
  });

  test('signing again gives the same bytes, and drops nothing that others wrote', async () => {
    const before = await contents(registry);
    const result = await signModel({ registry, id: 'a', key, sourceCommit: COMMIT });
    expect(result.changed).toBe(false);
    expect(await contents(registry)).toStrictEqual(before);
  });

  test('takes the commit of a clean run from its environment, and none of a dirty one', async () => {
    const environment: EnvironmentDocument = {
      schema: 'vqforge-environment-v1',
      cpu: { model: 'Some CPU', cores: 2 },
      os: { platform: 'linux', release: '6.1', arch: 'x64' },
      node: 'v20.19.0',
      libraries: {},
      commit: COMMIT,
      dirty: false,
      engine: 'wasm',
      workers: 2,
      timings_ms: {},
      native_parity: null,
    };
    const commits = [];
    for (const dirty of [false, true]) {
      await signModel({ registry, id: 'a', key, environment: { ...environment, dirty } });
      const statement = parseStatement(Buffer.from((await bundle()).dsseEnvelope.payload, 'base64'));
      const { internalParameters, resolvedDependencies } = statement.predicate.buildDefinition;
      expect(internalParameters).toMatchObject({ environment: { cpu: { model: 'Some CPU' }, dirty } });
      commits.push(resolvedDependencies.find(({ name }) => name === 'source')?.digest['gitCommit']);
    }
    expect(commits).toStrictEqual([COMMIT, undefined]);
  });

  test('loses its bundle when its bytes change', async () => {
    await publish({ registry, ...tinyPublication('a', 3) });
    expect(await findings()).toStrictEqual(['error MISSING_SIGNATURE a.onnx']);
    await expect(stat(join(registry, BUNDLE))).rejects.toThrow('ENOENT');
  });
});

describe('tampering with a signed model', () => {
  test('every flipped byte of the bundle is detected', { timeout: 60_000 }, async () => {
    const { entry, onnx, sidecarBytes: sidecar } = await loadVerified(registry, 'a');
    const bytes = await readFile(join(registry, BUNDLE));
    const undetected: number[] = [];
    const reasons = new Set<string>();
    const check = bundleCheck({ key: publicKey, isRequired: true });
    for (let position = 0; position < bytes.length; position++) {
      // the lowest bit keeps most text readable and most base64 valid: the hardest change to see
      const flipped = Buffer.from(bytes);
      flipped[position] = (flipped[position] ?? 0) ^ 1;
      const found: string[] = [];
      const report: Report = (code, severity) => found.push(`${severity} ${code}`);
      await check.verify(entry, BUNDLE, flipped, { onnx, sidecar }, report);
      if (found.length !== 1) undetected.push(position);
      for (const line of found) reasons.add(line);
    }
    expect(undetected).toStrictEqual([]);
    expect([...reasons].sort()).toStrictEqual(['error BAD_BUNDLE', 'error BAD_SIGNATURE']);
  });

  test('every field removed from the bundle, or doubled with an empty one, is detected', async () => {
    const path = join(registry, BUNDLE);
    const document = await bundle();
    const undetected: string[] = [];
    const visit = async (value: object, at: string): Promise<void> => {
      for (const key of Object.keys(value)) {
        const fields = value as Record<string, unknown>;
        const was = fields[key];
        for (const [how, changed] of [
          ['removed', undefined],
          ['null', null],
          ['empty', Array.isArray(was) ? [] : {}],
        ] as const) {
          if (canonicalJson(was) === canonicalJson(changed ?? null) && how !== 'removed') continue;
          if (how === 'removed') Reflect.deleteProperty(fields, key);
          else fields[key] = changed;
          await writeFile(path, canonicalJson(document));
          if (!(await findings()).some((line) => line.startsWith('error')))
            undetected.push(`${at}.${key} ${how}`);
          fields[key] = was;
        }
        if (typeof was === 'object' && was !== null) await visit(was, `${at}.${key}`);
      }
    };
    await visit(document, '$');
    expect(undetected).toStrictEqual([]);
    // unlike what was deleted, what is restored verifies
    await writeFile(path, canonicalJson(document));
    expect(await findings()).toStrictEqual([]);
  });

  test('a truncated bundle is refused at every length', async () => {
    const path = join(registry, BUNDLE);
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length; length += 211) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await findings()).toStrictEqual([`error BAD_BUNDLE ${BUNDLE}`]);
    }
  });

  test.each([
    { sha256: 'ab'.repeat(32) },
    { sidecar_sha256: 'ab'.repeat(32) },
    { sidecar_sha256: undefined },
    { size_bytes: 1 },
    { size_bytes: undefined },
    { opset: undefined },
    { notes: 'better than it is' },
    { notes: undefined },
    { license: 'CC0-1.0' },
    { license_url: 'https://example.org' },
    { description: 'added' },
    { shipped: false },
    { smoke: true },
    { quant_accuracy_budget_plcc: 1 },
    { unknown_key: 1 },
    { sigstore_bundle: 'b.onnx.sigstore.json' },
    { sigstore_bundle: 'copy.sigstore.json' },
    { sigstore_bundle: undefined },
  ])('an entry changed to %j is detected', async (change) => {
    await copyFile(join(registry, BUNDLE), join(registry, 'copy.sigstore.json'));
    await editEntry(change);
    expect((await findings()).filter((line) => line.startsWith('error'))).not.toStrictEqual([]);
  });

  test('the difference of an entry is named', async () => {
    await editEntry({ license: 'CC0-1.0' });
    const { findings: found } = await verifyRegistry({
      registry,
      ids: ['a'],
      signature: { key: publicKey, isRequired: false },
    });
    expect(found.map(({ code }) => code)).toStrictEqual(['ENTRY_MISMATCH']);
    expect(found[0]?.got).toContain('"Apache-2.0"');
    expect(found[0]?.got).toContain('"CC0-1.0"');
  });

  test('two swapped bundles are both refused', async () => {
    const [a, b] = [join(registry, BUNDLE), join(registry, 'b.onnx.sigstore.json')];
    const bytes = await readFile(a);
    await copyFile(b, a);
    await writeFile(b, bytes);
    expect(await findings(['a', 'b'])).toStrictEqual([
      `error SUBJECT_MISMATCH ${BUNDLE}`,
      'error SUBJECT_MISMATCH b.onnx.sigstore.json',
    ]);
  });

  test('another key is refused, even one that signs the same statement', async () => {
    const other = generateKeyPairSync('ed25519');
    expect(await findings(['a'], { keyId: 'ab'.repeat(32), publicKey: other.publicKey })).toStrictEqual([
      `error WRONG_KEY ${BUNDLE}`,
    ]);
    await signModel({ registry, id: 'a', key: { keyId: key.keyId, privateKey: other.privateKey } }).catch(
      () => undefined,
    );
    expect(await findings()).toStrictEqual([`error BAD_SIGNATURE ${BUNDLE}`]);
    expect(createPublicKey(key.privateKey).equals(publicKey.publicKey)).toBe(true);
  });

  test.each<[string, (statement: Statement) => object, string, string?]>([
    ['another predicate', (statement) => ({ ...statement, predicateType: 'x:y' }), 'BAD_STATEMENT'],
    ['another payload type', (statement) => statement, 'BAD_STATEMENT', 'application/json'],
    [
      'other subjects',
      (statement) => ({ ...statement, subject: statement.subject.slice(1) }),
      'SUBJECT_MISMATCH',
    ],
    [
      'renamed subjects',
      (s) => ({ ...s, subject: s.subject.map((one) => ({ ...one, name: 'x' })) }),
      'SUBJECT_MISMATCH',
    ],
    [
      'no entry',
      ({ predicate, ...statement }) => ({
        ...statement,
        predicate: { ...predicate, runDetails: { builder: predicate.runDetails.builder } },
      }),
      'ENTRY_MISMATCH',
    ],
  ])('a statement with %s is refused though its signature is good', async (_, change, code, type) => {
    await resign(change, type);
    expect(await findings()).toStrictEqual([`error ${code} ${BUNDLE}`]);
  });

  test('a missing bundle is an error when signatures are required, a warning otherwise', async () => {
    await rm(join(registry, BUNDLE));
    expect(await findings()).toStrictEqual([`error MISSING_BUNDLE ${BUNDLE}`]);
    const { findings: found } = await verifyRegistry({ registry, ids: ['a'] });
    expect(found.map(({ severity }) => severity)).toStrictEqual(['warning']);
  });
});

describe('keys', () => {
  test('the private one is for its owner only, and neither is overwritten', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'k.pem');
    const { keyId } = await generateKey(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readSigningKey(path)).keyId).toBe(keyId);
    const before = await contents(folder);
    expect(await codeOf(() => generateKey(path))).toBe('UNWRITABLE');
    await rm(path);
    // half of a pair is never completed by a stranger
    expect(await codeOf(() => generateKey(path))).toBe('UNWRITABLE');
    expect(Object.keys(await contents(folder))).toStrictEqual(['k.pem.pub']);
    expect(before['k.pem.pub']).toContain('BEGIN PUBLIC KEY');
  });

  test.each([
    ['no key', 'not a key'],
    [
      'an RSA key',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ],
    ['a huge file', 'x'.repeat(20_000)],
  ])('%s is refused', async (_, text) => {
    const path = join(await temporaryFolder(), 'k.pem');
    await writeFile(path, text);
    await chmod(path, 0o600);
    expect(await codeOf(() => readSigningKey(path))).toBe('BAD_KEY');
    expect(await codeOf(() => readVerificationKey(path))).toBe('BAD_KEY');
    expect(await codeOf(() => readSigningKey(`${path}.absent`))).toBe('BAD_KEY');
  });

  test('a public key does not sign', async () => {
    const path = join(await temporaryFolder(), 'k.pem');
    const { publicPath } = await generateKey(path);
    expect(await codeOf(() => readSigningKey(publicPath))).toBe('BAD_KEY');
  });
});

test('a statement is written as it is read', async () => {
  const payload = Buffer.from((await bundle()).dsseEnvelope.payload, 'base64');
  expect(formatStatement(parseStatement(payload))).toBe(payload.toString());
});
