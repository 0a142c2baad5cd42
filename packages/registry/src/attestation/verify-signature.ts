import { CodedError, type Json, sha256 } from '@vqforge/base';
import type { Statement } from '@vqforge/artifact';
import { jsonDifferences, parseStatement, type RegistryEntry, STATEMENT_MEDIA_TYPE } from '@vqforge/artifact';
import { RegistryError } from '../errors.ts';
import { type Report, RESTORE } from '../finding.ts';
import { sidecarName } from '../pinned-name.ts';
import { type KeyedBundle, parseBundle } from './bundle.ts';
import type { VerificationKey } from './key-files.ts';
import { attestedEntry } from './model-statement.ts';

const SIGN_AGAIN = 'if the files and the entry are as they should be, sign again with vqforge registry sign';

/**
 * One bundle against the key, the two files and the entry, in this order; the first failure is the finding, because what
 * follows it would judge unsigned text.
 *
 * @param file name of the bundle
 */
export async function verifySignature(
  entry: RegistryEntry,
  file: string,
  bytes: Uint8Array,
  model: { readonly onnx: Uint8Array; readonly sidecar: Uint8Array },
  key: VerificationKey,
  report: Report,
): Promise<void> {
  let bundle: KeyedBundle;
  try {
    bundle = await parseBundle(bytes);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    report('BAD_BUNDLE', 'error', file, {
      expected: 'a signature bundle',
      got: error.message,
      advice: RESTORE,
    });
    return;
  }
  const signer = signerOf(bundle);
  if (signer !== key.keyId) {
    report('WRONG_KEY', 'error', file, {
      expected: `a signature by key ${key.keyId}`,
      got: `one by key ${signer}`,
      advice: 'give the public key of the signer, if you trust it',
    });
    return;
  }
  const refusal = await refusalOf(bundle, key);
  if (refusal !== null) {
    report('BAD_SIGNATURE', 'error', file, {
      expected: `the signature of key ${key.keyId}`,
      got: refusal,
      advice: RESTORE,
    });
    return;
  }
  const statement = readStatement(bundle, file, report);
  if (statement !== null) verifyStatement(statement, entry, file, model, report);
}

/** The key's id as the bundle gives it, once for the bundle and once for the envelope. */
function signerOf({ verificationMaterial, content }: KeyedBundle): string {
  const ids = [verificationMaterial.content.publicKey.hint, content.dsseEnvelope.signatures[0]?.keyid ?? ''];
  return [...new Set(ids)].join(' and ');
}

async function refusalOf(bundle: KeyedBundle, { publicKey }: VerificationKey): Promise<string | null> {
  const { toSignedEntity, Verifier } = await import('@sigstore/verify');
  const trust = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
  // a key that the auditor gives needs no log to vouch for it, and has no end of life of its own
  const verifier = new Verifier(
    { ...trust, publicKey: () => ({ publicKey, validFor: () => true }) },
    { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 },
  );
  try {
    verifier.verify(toSignedEntity(bundle));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function readStatement({ content }: KeyedBundle, file: string, report: Report): Statement | null {
  const { payload, payloadType } = content.dsseEnvelope;
  const expected = `${STATEMENT_MEDIA_TYPE} with SLSA provenance`;
  try {
    if (payloadType === STATEMENT_MEDIA_TYPE) return parseStatement(payload);
    report('BAD_STATEMENT', 'error', file, { expected, got: payloadType, advice: SIGN_AGAIN });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report('BAD_STATEMENT', 'error', file, { expected, got: error.message, advice: SIGN_AGAIN });
  }
  return null;
}

function verifyStatement(
  statement: Statement,
  entry: RegistryEntry,
  file: string,
  { onnx, sidecar }: { readonly onnx: Uint8Array; readonly sidecar: Uint8Array },
  report: Report,
): void {
  const about = (name: string, digest: string): string => `${name} sha256 ${digest}`;
  const expected = [about(entry.onnx, sha256(onnx)), about(sidecarName(entry.onnx), sha256(sidecar))].join(
    ', ',
  );
  const got = statement.subject.map(({ name, digest }) => about(name, digest.sha256)).join(', ');
  if (got !== expected) {
    report('SUBJECT_MISMATCH', 'error', file, {
      expected: `a statement about ${expected}`,
      got: `one about ${got}`,
      advice: RESTORE,
    });
    return;
  }
  const attested = attestedEntry(statement);
  const differences = attested === undefined ? [] : jsonDifferences(attested, entry as Json);
  if (attested !== undefined && differences.length === 0) return;
  const show = (value: Json | undefined): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  report('ENTRY_MISMATCH', 'error', file, {
    expected: 'the registry entry that was signed',
    got:
      attested === undefined
        ? 'a statement that repeats no entry'
        : differences
            .map((found) => `${found.path}: signed ${show(found.expected)}, here ${show(found.got)}`)
            .join('; '),
    advice: SIGN_AGAIN,
  });
}
