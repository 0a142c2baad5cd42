import { basename, dirname, join } from 'node:path';
import { CodedError, parseJson, sha256 } from '@vqforge/base';
import {
  parseRunProvenance,
  type PathDescription,
  type ProvenanceValue,
  type RunProvenance,
} from '@vqforge/artifact';
import { portablePath } from '@vqforge/artifact/node';
import { digestInside, readInside } from '@vqforge/registry/node';
import { type Finding, MAX_ONNX_BYTES, RegistryError, type Report } from '@vqforge/registry';
import { MAX_DOCUMENT_BYTES } from './documents.ts';

export interface ProvenanceOptions {
  /** A document that carries a `run_provenance` block, or is one. */
  readonly file: string;
  /** Repository root, which paths in blocks are relative to. */
  readonly root: string;
}

export interface ProvenanceReport {
  /** Files whose digests were compared, as the block names them. */
  readonly checked: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Checks the block of one document: its form, the files that it describes, and for a sidecar that its output is the ONNX
 * file beside it. A digest without a path (a table's content) is left to `audit`, which looks for what it stands for.
 *
 * @throws RegistryError UNREADABLE | PATH_ESCAPE | NOT_A_FILE | TOO_LARGE and CodedError when the document itself
 * cannot be read
 * @example
 * const { checked } = await verifyProvenance({ file: 'runs/fr_regressor_v1/metrics.json', root: '.' });
 * checked[0]; // => 'datasets/open9/open9_features.parquet'
 */
export async function verifyProvenance({ file, root }: ProvenanceOptions): Promise<ProvenanceReport> {
  const bytes = await readInside(dirname(file), [basename(file)], MAX_DOCUMENT_BYTES);
  if (bytes === null) throw new RegistryError('UNREADABLE', `${file} does not exist`);
  const document = parseJson(bytes, { maxBytes: MAX_DOCUMENT_BYTES }, basename(file));
  const findings: Finding[] = [];
  const report: Report = (code, severity, where, text) =>
    findings.push({ code, severity, file: where, id: null, ...text });
  const block = readBlock(document, portablePath(file, root), report);
  if (block === null) return { checked: [], findings };
  const checked: string[] = [];
  for (const [role, described] of descriptionsOf(block)) {
    if (await verifyDescription(root, role, described, report)) checked.push(described.path);
  }
  const model = await verifyOutput(document, block, file, root, report);
  return { checked: model === null ? checked : [...checked, model], findings };
}

function readBlock(document: unknown, file: string, report: Report): RunProvenance | null {
  const fields = (typeof document === 'object' && document !== null ? document : {}) as Record<
    string,
    unknown
  >;
  const block =
    'run_provenance' in fields ? fields['run_provenance'] : 'entrypoint' in fields ? fields : undefined;
  const expected = 'a run_provenance block, ai-run-provenance-v1';
  const advice = 'write the document again with the command that made it';
  if (block === undefined) {
    report('MISSING_PROVENANCE', 'error', file, { expected, got: 'none', advice });
    return null;
  }
  try {
    return parseRunProvenance(block);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report('BAD_PROVENANCE', 'error', file, { expected, got: error.message, advice });
    return null;
  }
}

/** Every file and folder that a block describes, with its role. */
function descriptionsOf({
  entrypoint,
  inputs = {},
  outputs = {},
  shared_trainer: trainer,
}: RunProvenance): [string, PathDescription][] {
  return [
    ...('path' in entrypoint ? [['entrypoint', entrypoint] as [string, PathDescription]] : []),
    ...(trainer === undefined ? [] : [['shared_trainer', trainer] as [string, PathDescription]]),
    ...Object.entries(inputs).flatMap(([role, value]) => described(role, value)),
    ...Object.entries(outputs).flatMap(([role, value]) => described(role, value)),
  ];
}

function described(role: string, value: ProvenanceValue): [string, PathDescription][] {
  if (value === null || typeof value === 'string') return [];
  return 'path' in value ? [[role, value]] : value.flatMap((item) => described(role, item));
}

/** Whether the file is there and could be compared. */
async function verifyDescription(
  root: string,
  role: string,
  { path, exists, sha256: digest }: PathDescription,
  report: Report,
): Promise<boolean> {
  if (!exists || digest === undefined) return false;
  const expected = `sha256 ${digest}, as the block says of its ${role}`;
  try {
    const found = await digestInside(root, path.split('/'));
    if (found === null) {
      // a file outside the repository is described by its bare name
      const isOutside = !path.includes('/');
      report('MISSING_FILE', isOutside ? 'warning' : 'error', path, {
        expected,
        got: isOutside ? 'not in the repository root: it lay outside of the repository' : 'no such file',
        advice: isOutside ? 'look for it by its digest' : 'restore it, or repeat the run',
      });
      return false;
    }
    if (found.sha256 === digest) return true;
    // every publish of another model writes the registry anew
    const isShared = role === 'registry';
    report('DIGEST_MISMATCH', isShared ? 'warning' : 'error', path, {
      expected,
      got: `sha256 ${found.sha256}`,
      advice: isShared
        ? 'nothing, if another model was published or signed since'
        : 'restore it, or repeat the run',
    });
    return true;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const code = error.code === 'PATH_ESCAPE' ? 'PATH_ESCAPE' : 'UNREADABLE';
    report(code, 'error', path, { expected, got: error.message, advice: 'put the file itself there' });
    return false;
  }
}

/** A sidecar's `outputs.onnx` and `sha256` against the model beside it; the model's path, null for other documents. */
async function verifyOutput(
  document: unknown,
  { outputs = {} }: RunProvenance,
  file: string,
  root: string,
  report: Report,
): Promise<string | null> {
  const { onnx, sha256: said } = document as { readonly onnx?: unknown; readonly sha256?: unknown };
  if (typeof onnx !== 'string' || typeof said !== 'string') return null;
  const path = portablePath(join(dirname(file), basename(onnx)), root);
  const bytes = onnx === basename(onnx) ? await readInside(dirname(file), [onnx], MAX_ONNX_BYTES) : null;
  const is = bytes === null ? 'no such file' : `sha256 ${sha256(bytes)}`;
  const output = outputs['onnx'] ?? null;
  const claims = {
    sha256: said,
    'outputs.onnx': typeof output === 'string' ? output : JSON.stringify(output),
  };
  for (const [key, claim] of Object.entries(claims)) {
    const expected = `${key} ${claim}, as the sidecar says`;
    if (is === `sha256 ${claim}`) continue;
    report(bytes === null ? 'MISSING_FILE' : 'DIGEST_MISMATCH', 'error', path, {
      expected,
      got: is,
      advice: 'restore model and sidecar together',
    });
    if (bytes === null) break;
  }
  return bytes === null ? null : path;
}
