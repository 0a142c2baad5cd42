import { CodedError, SHA256_PATTERN, canonicalJson, parseJson } from '@vqforge/base';
import { RegistryError } from './errors.ts';
import { MAX_JSON_BYTES, pinnedSegments } from './pinned-name.ts';

/** Names of the evidence of a run; the metrics come first, as they say which model they are of. */
export const EVIDENCE_FILES: readonly string[] = [
  'metrics.json',
  'predictions.parquet',
  'checkpoint.json',
  'environment.json',
];

/** A file that a publish replaces: its place in the folder and what it will hold. */
interface JournalWrite {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Everything that a publish changes. */
export interface Change<Write> {
  /** Entry that is published. */
  readonly id: string;
  /** In the order in which they are moved; the n-th waits under the name `String(n)`. */
  readonly writes: readonly Write[];
  readonly removals: readonly string[];
  /** Files of a run's folder that change with the registry; null for none. */
  readonly evidence: EvidenceChange<Write> | null;
}

/** A change by digests. Once it stands in `COMMIT_FOLDER`, the publish has happened. */
export type Journal = Change<JournalWrite>;

/** A change of files in `runs/<run>/`; they wait behind those of the registry. */
export interface EvidenceChange<Write> {
  readonly run: string;
  readonly writes: readonly Write[];
  readonly removals: readonly string[];
}

/** Uncommitted: files that no reader looks at. */
export const STAGE_PREFIX = '.registry-stage.';
/** Committed: renaming the stage to this name is the one instant at which old becomes new. */
export const COMMIT_FOLDER = '.registry-commit';
export const JOURNAL_FILE = 'journal.json';

/** Whether a name in the registry's folder is that of a stage, which no reader looks at. */
export function isStageName(name: string): boolean {
  return /^\.registry-stage\.[0-9a-f]{12}$/.test(name);
}

const SCHEMA = 'vqforge-publish-journal-v1';

/** The text of a journal. */
export function formatJournal({ id, writes, removals, evidence }: Journal): string {
  return canonicalJson({
    schema: SCHEMA,
    id,
    writes: writes.map(writeJson),
    removals,
    ...(evidence === null ? {} : { evidence: { ...evidence, writes: evidence.writes.map(writeJson) } }),
  });
}

function writeJson({ name, sha256, sizeBytes }: JournalWrite): object {
  return { name, sha256, size_bytes: sizeBytes };
}

/**
 * A journal was synced before it was committed, so one that does not parse was damaged or planted.
 *
 * @throws RegistryError DAMAGED_JOURNAL | PATH_ESCAPE
 */
export function parseJournal(bytes: Uint8Array): Journal {
  const { schema, id, writes, removals, evidence } = readObject(bytes);
  if (schema !== SCHEMA || typeof id !== 'string' || !Array.isArray(writes) || !Array.isArray(removals)) {
    throw damaged('unknown shape');
  }
  return {
    id,
    writes: writes.map(readWrite),
    removals: removals.map(readName),
    evidence: evidence === undefined ? null : readEvidence(evidence),
  };
}

/** Only files that a run writes, in one folder of a plain name: a planted journal reaches nothing else. */
function readEvidence(value: unknown): EvidenceChange<JournalWrite> {
  if (!isObject(value)) throw damaged('the evidence is not an object');
  const { run, writes, removals } = value;
  if (!Array.isArray(writes) || !Array.isArray(removals)) throw damaged('the evidence has no files');
  const change = { run: readName(run), writes: writes.map(readWrite), removals: removals.map(readName) };
  const foreign = [...change.writes.map(({ name }) => name), ...change.removals].find(
    (name) => !EVIDENCE_FILES.includes(name),
  );
  if (foreign !== undefined) throw damaged(`no run writes ${foreign}`);
  return change;
}

function readObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value = parseJson(bytes, { maxBytes: MAX_JSON_BYTES }, 'publish journal');
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw damaged(error.message);
  }
  throw damaged('not an object');
}

function readWrite(value: unknown): JournalWrite {
  if (!isObject(value)) throw damaged('a write is not an object');
  const { name, sha256, size_bytes: sizeBytes } = value;
  if (typeof sha256 !== 'string' || !SHA256_PATTERN.test(sha256) || typeof sizeBytes !== 'number') {
    throw damaged('a write has no digest or size');
  }
  return { name: readName(name), sha256, sizeBytes };
}

/** A publish writes beside the registry, never into a sub-folder. */
function readName(value: unknown): string {
  if (typeof value !== 'string' || pinnedSegments(value).length !== 1)
    throw damaged('a name is not a plain name');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(problem: string): RegistryError {
  return new RegistryError(
    'DAMAGED_JOURNAL',
    `${COMMIT_FOLDER}/${JOURNAL_FILE} is damaged (${problem}); restore the folder from version control and delete ${COMMIT_FOLDER}`,
  );
}
