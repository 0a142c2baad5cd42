import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseJson } from '@vqforge/base';
import { isFolder, readHead } from '@vqforge/base/node';
import { readIfPresent, requireKept } from './document-files.ts';
import { ArtifactError } from './errors.ts';
import { evidenceFiles, identityOf, isReplaceable } from './evidence-files.ts';
import { WORKSPACE_FILE } from './workspace-files.ts';

/** A file's format, as far as its first bytes show. */
export type FileKind = 'json' | 'csv' | 'xml' | 'html' | 'parquet' | 'onnx' | 'other';

/** A file that a job is about to write. */
export interface Output {
  readonly path: string;
  /** How messages name it, such as `--output`. */
  readonly flag: string;
  readonly kind: FileKind;
  /**
   * What it becomes: `document` is anything that a user may keep anywhere; `evidence` belongs to a run and may replace
   * that of a run which published the same file or none; `model` is pinned by the publish and may replace what is pinned; `registry` may replace a registry.
   */
  readonly role: 'document' | 'evidence' | 'model' | 'registry';
}

export interface OutputGuard {
  readonly outputs: readonly Output[];
  /** Files and folders that the job reads; what is not there is passed over. */
  readonly inputs: readonly string[];
  /** Registries beside those in the outputs' own folders: files, or folders with a registry.json. */
  readonly registries?: readonly string[];
  /** Folders with one folder per run, whose evidence is kept. */
  readonly runs?: readonly string[];
  /** Leave to replace a file of another kind. */
  readonly force?: boolean;
}

/**
 * Refuses outputs that would destroy something: no output may be an input (or lie in a folder that is one), a registry,
 * a file that a registry pins, the evidence of a run, or a workspace's own file. Files are compared by device and inode, so that links do not
 * hide them. A file of another kind than the one to be written needs leave. Nothing is written below `node_modules`.
 *
 * @throws ArtifactError BAD_OUTPUT with the reason
 * @example await requireSafeOutputs({ outputs: [{ path: 'a.y4m', flag: '--output', kind: 'json', role: 'document' }], inputs: ['a.y4m'] })
 * // throws BAD_OUTPUT: --output: a.y4m is an input (a.y4m); …
 */
export async function requireSafeOutputs(guard: OutputGuard): Promise<void> {
  const { outputs, inputs, registries = [], runs = [], force = false } = guard;
  for (const { path, flag } of outputs) await requireKept(path, `${flag}: ${path}`);
  const present = (await Promise.all(outputs.map(existing))).filter((output) => output !== undefined);
  if (present.length === 0) return;
  const read = await identitiesOf(inputs);
  const folders = await foldersOf(inputs);
  const pinned = await pinnedFiles([...registries, ...present.map(({ real }) => dirname(real))]);
  const evidence = await evidenceFiles(
    runs,
    present.map(({ real }) => dirname(real)),
  );
  const published = outputs.flatMap(({ kind, path }) => (kind === 'onnx' ? [path] : []));
  for (const output of present) {
    const input = read.get(output.identity) ?? folders.find((folder) => output.real.startsWith(`${folder}/`));
    if (input !== undefined) throw refused(output, `is an input (${input})`);
    const model = pinned.get(output.identity);
    if (output.role !== 'registry' && (model?.isRegistry === true || (await isRegistry(output))))
      throw refused(output, 'is a registry');
    if (output.role !== 'model' && model?.isRegistry === false)
      throw refused(output, `is pinned by ${model.registry}`);
    const run = evidence.get(output.identity);
    if (run !== undefined && !(output.role === 'evidence' && (await isReplaceable(run, published))))
      throw refused(output, `is evidence of the run in ${run.folder}`);
    if (basename(output.real) === WORKSPACE_FILE)
      throw refused(output, 'is what makes its folder a workspace');
    const kind = await kindOf(output.real);
    if (!force && kind !== undefined && kind !== output.kind)
      throw refused(output, `is there and is not ${KIND_NAMES[output.kind]}`, ', or --force replaces it');
  }
}

interface Present extends Output {
  readonly identity: string;
  /** Path without links. */
  readonly real: string;
}

const KIND_NAMES: Record<FileKind, string> = {
  json: 'JSON',
  csv: 'CSV',
  xml: 'XML',
  html: 'an HTML page',
  parquet: 'a parquet table',
  onnx: 'an ONNX model',
  other: 'a file of this program',
};

function refused({ flag, path }: Output, problem: string, alternative = ''): ArtifactError {
  return new ArtifactError('BAD_OUTPUT', `${flag}: ${path} ${problem}; write elsewhere${alternative}`);
}

async function existing(output: Output): Promise<Present | undefined> {
  const identity = await identityOf(output.path);
  return identity === undefined ? undefined : { ...output, identity, real: await realpath(output.path) };
}

async function identitiesOf(paths: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of paths) {
    const identity = await identityOf(path);
    if (identity !== undefined) found.set(identity, path);
  }
  return found;
}

async function foldersOf(paths: readonly string[]): Promise<string[]> {
  const folders = [];
  for (const path of paths) if (await isFolder(path)) folders.push(await realpath(path));
  return folders;
}

interface Pinned {
  readonly registry: string;
  readonly isRegistry: boolean;
}

/** Far above any registry; a larger file is none. */
const MAX_REGISTRY_BYTES = 4 * 1_048_576;

/** Registries and what they pin, by identity. A registry that cannot be read pins unknown files: it is passed over. */
async function pinnedFiles(registries: readonly string[]): Promise<Map<string, Pinned>> {
  const pinned = new Map<string, Pinned>();
  for (const path of new Set(registries)) {
    const registry = path.endsWith('.json') ? path : join(path, 'registry.json');
    const identity = await identityOf(registry);
    if (identity === undefined || pinned.has(identity)) continue;
    const models = await registryModels(registry);
    if (models === undefined) continue;
    pinned.set(identity, { registry, isRegistry: true });
    for (const name of models.flatMap(namesOf)) {
      const file = await identityOf(join(dirname(registry), name));
      if (file !== undefined) pinned.set(file, { registry, isRegistry: false });
    }
  }
  return pinned;
}

async function registryModels(path: string): Promise<readonly unknown[] | undefined> {
  try {
    const bytes = await readIfPresent(path, MAX_REGISTRY_BYTES);
    if (bytes === undefined) return undefined;
    const document = parseJson(bytes, { maxBytes: MAX_REGISTRY_BYTES }, path);
    if (typeof document !== 'object' || document === null || !('schema_version' in document))
      return undefined;
    return 'models' in document && Array.isArray(document.models) ? document.models : undefined;
  } catch {
    return undefined;
  }
}

function namesOf(entry: unknown): string[] {
  const { onnx, sigstore_bundle: bundle } = (entry ?? {}) as { onnx?: unknown; sigstore_bundle?: unknown };
  return [
    ...(typeof onnx === 'string' ? [onnx, onnx.replace(/\.onnx$/, '.json')] : []),
    ...(typeof bundle === 'string' ? [bundle] : []),
  ];
}

async function isRegistry({ real }: Present): Promise<boolean> {
  return (await kindOf(real)) === 'json' && (await registryModels(real)) !== undefined;
}

/** Bytes that tell kinds apart. */
const HEAD_BYTES = 512;

/** The kind of an existing file; undefined of an empty one, which holds nothing to lose, and of what is no file. */
async function kindOf(path: string): Promise<FileKind | undefined> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
  const head = isFile ? await readHead(path, HEAD_BYTES).catch(() => undefined) : undefined;
  return head === undefined || head.length === 0 ? undefined : headKind(head);
}

/** An ONNX file begins with its field ir_version, a small number. */
// eslint-disable-next-line no-control-regex
const ONNX_HEAD = /^\x08[\x01-\x20]/;

function headKind(head: Buffer): FileKind {
  const text = head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  if (text.startsWith('PAR1')) return 'parquet';
  if (ONNX_HEAD.test(text)) return 'onnx';
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x08\x0e-\x1f]/.test(text)) return 'other';
  const start = text.trimStart();
  if (/^[[{]/.test(start)) return 'json';
  if (/^<(!doctype html|html)/i.test(start)) return 'html';
  if (start.startsWith('<')) return 'xml';
  return /^[^\n]*,/.test(start) ? 'csv' : 'other';
}
