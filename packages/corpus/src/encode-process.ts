import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import {
  formatEncodeRecords,
  parseEncodeRecords,
  parseLadder,
  type EncodeRecord,
  type Ladder,
  type Rung,
} from '@vqforge/artifact';
import { makeFolder, readIfPresent, writeDocuments } from '@vqforge/artifact/node';
import { inOrder } from '@vqforge/base';
import { temporaryPath } from '@vqforge/base/node';
import { digestClip } from './clip-digest-files.ts';
import { encodeArguments, PLACES } from './encode-command.ts';
import { CorpusError } from './errors.ts';
import { manifestText } from './manifest-text.ts';

export interface EncodeOptions {
  /** Clips that are encoded; the name of each without its ending is its source. */
  readonly references: readonly string[];
  /** A ladder file. */
  readonly ladder: string;
  /** Folder of renditions, their record and their manifest. */
  readonly out: string;
  /** Encodes at a time; each keeps one core busy. Default: one per core. */
  readonly workers?: number;
  /** Licence of every source. */
  readonly license?: string;
  readonly attribution?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Encoded {
  readonly renditions: number;
  /** Renditions that were there already. */
  readonly reused: number;
  /** The corpus manifest that lists them. */
  readonly manifest: string;
}

interface Task {
  readonly source: string;
  readonly reference: string;
  readonly referenceSha256: string;
  readonly rung: Rung;
}

const MAX_LADDER_BYTES = 2 ** 20;
const MAX_RECORD_BYTES = 256 * 2 ** 20;
const STDERR_CHARACTERS = 400;
/** Done between two writings of the record: what is not in it is encoded again. */
const RECORD_EVERY_MS = 2000;

/**
 * Encodes every rendition of a ladder of every reference with the ffmpeg on PATH, and writes a corpus manifest of them. A rendition that
 * is there with the digest that its record says is not encoded again.
 *
 * @throws CorpusError BAD_LADDER | ENCODE_FAILED | MISSING_CLIP | INVALID_OPTION | INTERRUPTED
 * @example await encodeLadder({ references: ['city.y4m'], ladder: 'ladder.json', out: 'renditions' })
 * // => { renditions: 8, reused: 0, manifest: 'renditions/corpus.csv' }
 */
export async function encodeLadder(options: EncodeOptions): Promise<Encoded> {
  const { references, out, workers = availableParallelism(), signal, onProgress } = options;
  const ladder = await readLadder(options.ladder);
  const version = await ffmpegVersion();
  await makeFolder(out);
  const known = await readRecords(out);
  const tasks = await tasksOf(references, ladder);
  const records = new Map<string, EncodeRecord>();
  let reused = 0;
  let written = performance.now();
  // a failure ends what is under way beside it
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  try {
    for await (const { record, isNew } of inOrder(tasks, workers, (task) =>
      rendition(task, out, version, known, either),
    )) {
      records.set(record.output, record);
      if (!isNew) reused++;
      if (performance.now() - written > RECORD_EVERY_MS) {
        await writeRecords(out, [...known.values(), ...records.values()]);
        written = performance.now();
      }
      onProgress?.(records.size, tasks.length);
    }
  } finally {
    stop.abort();
  }
  const all = [...records.values()];
  await writeRecords(out, all);
  const manifest = join(out, 'corpus.csv');
  await writeDocuments([{ path: manifest, text: manifestOf(tasks, all, options) }]);
  return { renditions: all.length, reused, manifest };
}

async function readLadder(path: string): Promise<Ladder> {
  const bytes = await readIfPresent(path, MAX_LADDER_BYTES);
  if (bytes === undefined) throw new CorpusError('BAD_LADDER', `ladder ${path} is not there`);
  return parseLadder(bytes);
}

async function ffmpegVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('ffmpeg', ['-version'], { windowsHide: true });
    return (stdout.split('\n', 1)[0] ?? '').slice(0, 200);
  } catch (cause) {
    throw new CorpusError(
      'ENCODE_FAILED',
      `ffmpeg cannot be started: ${(cause as Error).message}; install it`,
      { cause },
    );
  }
}

async function tasksOf(references: readonly string[], { rungs }: Ladder): Promise<Task[]> {
  const sources = new Map<string, string>();
  const tasks: Task[] = [];
  for (const reference of references) {
    const source = basename(reference, extname(reference));
    const other = sources.get(source);
    if (other !== undefined)
      throw new CorpusError(
        'INVALID_OPTION',
        `${other} and ${reference} are both called ${source}; rename one`,
      );
    sources.set(source, reference);
    const { sha256 } = await digestClip(reference);
    for (const rung of rungs) tasks.push({ source, reference, referenceSha256: sha256, rung });
  }
  return tasks;
}

/** By output. What was recorded of outputs that are not asked for now is left alone. */
async function readRecords(out: string): Promise<Map<string, EncodeRecord>> {
  const bytes = await readIfPresent(join(out, 'encodes.json'), MAX_RECORD_BYTES);
  const encodes = bytes === undefined ? [] : parseEncodeRecords(bytes).encodes;
  return new Map(encodes.map((record) => [record.output, record]));
}

async function writeRecords(out: string, encodes: readonly EncodeRecord[]): Promise<void> {
  const byOutput = new Map(encodes.map((record) => [record.output, record]));
  const sorted = [...byOutput.values()].sort((a, b) => (a.output < b.output ? -1 : 1));
  const text = formatEncodeRecords({ schema: 'vqforge/corpus-encodes-v1', encodes: sorted });
  await writeDocuments([{ path: join(out, 'encodes.json'), text }]);
}

async function rendition(
  { source, reference, referenceSha256, rung }: Task,
  out: string,
  version: string,
  known: ReadonlyMap<string, EncodeRecord>,
  signal: AbortSignal | undefined,
): Promise<{ record: EncodeRecord; isNew: boolean }> {
  const output = `${source}_${rung.name}.mkv`;
  const path = join(out, output);
  const given = encodeArguments(rung);
  const before = known.get(output);
  const isSame =
    before?.reference_sha256 === referenceSha256 &&
    JSON.stringify(before.arguments) === JSON.stringify(given);
  const isThere = isSame && (await stat(path).catch(() => undefined))?.isFile() === true;
  if (before !== undefined && isThere && (await digestClip(path)).sha256 === before.sha256)
    return { record: before, isNew: false };
  const temporary = await temporaryPath(path);
  try {
    await runFfmpeg(
      given.map((word) =>
        word === PLACES.reference
          ? `file:${resolve(reference)}`
          : word === PLACES.output
            ? `file:${resolve(temporary)}`
            : word,
      ),
      `${reference} at rung ${rung.name}`,
      signal,
    );
    const { sha256 } = await digestClip(temporary);
    await rename(temporary, path);
    const record = {
      source,
      reference_sha256: referenceSha256,
      rung,
      arguments: given,
      version,
      output,
      sha256,
    };
    return { record, isNew: true };
  } finally {
    await rm(temporary, { force: true });
  }
}

async function runFfmpeg(
  given: readonly string[],
  what: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const child = spawn('ffmpeg', given, { stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
  const kill = (): void => void child.kill('SIGKILL');
  if (signal?.aborted === true) kill();
  signal?.addEventListener('abort', kill, { once: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
  });
  try {
    const [code, killed] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (signal?.aborted === true)
      throw new CorpusError(
        'INTERRUPTED',
        'encoding was interrupted; start it again, it goes on where it was',
      );
    if (code !== 0)
      throw new CorpusError(
        'ENCODE_FAILED',
        `ffmpeg could not encode ${what} (${code === null ? killed : `exit ${code}`}): ${stderr.trim().replaceAll(/\s+/g, ' ')}`,
      );
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

/** Codec, quality and size of each rendition stand in columns of their own. */
function manifestOf(
  tasks: readonly Task[],
  records: readonly EncodeRecord[],
  { out, license, attribution }: EncodeOptions,
): string {
  const columns = ['source', 'reference', 'distorted', 'codec', 'rung', 'crf', 'bitrate', 'height', 'preset'];
  if (license !== undefined) columns.push('license');
  if (attribution !== undefined) columns.push('attribution');
  columns.push('reference_sha256', 'distorted_sha256');
  const rows = records.map((record, at) => {
    const { source, rung, output, sha256, reference_sha256: referenceSha256 } = record;
    const reference = relative(out, (tasks[at] as Task).reference)
      .split(sep)
      .join('/');
    return new Map<string, string>([
      ['source', source],
      ['reference', reference],
      ['distorted', output],
      ['codec', rung.codec],
      ['rung', rung.name],
      ['crf', String(rung.crf ?? '')],
      ['bitrate', rung.bitrate ?? ''],
      ['height', String(rung.height ?? '')],
      ['preset', rung.preset ?? ''],
      ['license', license ?? ''],
      ['attribution', attribution ?? ''],
      ['reference_sha256', referenceSha256],
      ['distorted_sha256', sha256],
    ]);
  });
  return manifestText(columns, rows);
}
