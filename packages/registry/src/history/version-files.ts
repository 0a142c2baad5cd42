import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type HistoryDocument,
  parseHistory,
  type RegistryEntry,
  registryEntryProblems,
  MODEL_ID,
} from '@vqforge/artifact/publishing';
import { orUndefined, parseJson, SHA256_PATTERN, undefinedIfCoded } from '@vqforge/base';
import { digestInside, readInside } from '../bounded-file.ts';
import { RegistryError, systemCode } from '../errors.ts';
import { MAX_JSON_BYTES } from '../pinned-name.ts';

/** A version of a model that was replaced, as its own files tell it. */
export interface Version {
  readonly id: string;
  /** SHA-256 of the canonical entry: the name of its folder. */
  readonly digest: string;
  readonly folder: string;
  /** Null when they cannot be read. */
  readonly entry: RegistryEntry | null;
  readonly document: HistoryDocument | null;
  /** What is not as its own digests say; empty for a version that is whole. */
  readonly problems: readonly string[];
}

/** Ids with something in the history, sorted. */
export async function historyIds(history: string): Promise<string[]> {
  return (await namesIn(history)).filter((name) => MODEL_ID.test(name));
}

/** The versions of one id, the last replaced first; every byte of them is read. */
export async function versionsOf(history: string, id: string): Promise<Version[]> {
  const versions: Version[] = [];
  for (const digest of await digestsIn(history, id)) versions.push(await readVersion(history, id, digest));
  return versions.sort((a, b) => sequenceOf(b) - sequenceOf(a) || (a.digest < b.digest ? -1 : 1));
}

/** The largest place in the order of replacements; 0 when there was none. */
export async function latestSequence(history: string, id: string): Promise<number> {
  let latest = 0;
  for (const digest of await digestsIn(history, id)) {
    const document = await readDocument(history, [id, digest, 'history.json'], parseHistory);
    latest = Math.max(latest, document?.sequence ?? 0);
  }
  return latest;
}

async function digestsIn(history: string, id: string): Promise<string[]> {
  return (await namesIn(join(history, id))).filter((name) => SHA256_PATTERN.test(name));
}

function sequenceOf({ document }: Version): number {
  return document?.sequence ?? 0;
}

/** One version against its digests: those of its list, and the one that is its folder's name. */
async function readVersion(history: string, id: string, digest: string): Promise<Version> {
  const document = await readDocument(history, [id, digest, 'history.json'], parseHistory);
  const entry = await readDocument(history, [id, digest, 'entry.json'], parseEntry);
  const problems: string[] = [];
  if (document === null) problems.push('history.json is missing or damaged');
  if (entry === null) problems.push('entry.json is missing or damaged');
  if (document !== null && document.id !== id) problems.push(`history.json is about ${document.id}`);
  if (entry !== null && entry.id !== id) problems.push(`entry.json is about ${entry.id}`);
  const listed = document?.files ?? [];
  if (document !== null && listed.find(({ name }) => name === 'entry.json')?.sha256 !== digest)
    problems.push('entry.json has another digest than the folder is called by');
  for (const { name, sha256, size_bytes: size } of listed) {
    const found = await digestOrReason(history, [id, digest, name]);
    if (typeof found === 'string') problems.push(`${name}: ${found}`);
    else if (found.sha256 !== sha256 || found.size !== size)
      problems.push(
        `${name} has sha256 ${found.sha256}, ${found.size} bytes, expected ${sha256}, ${size} bytes`,
      );
  }
  const names = new Set(['history.json', ...listed.map(({ name }) => name)]);
  for (const name of await namesIn(join(history, id, digest)))
    if (!names.has(name)) problems.push(`${JSON.stringify(name)} is not in the list of history.json`);
  return { id, digest, folder: join(history, id, digest), entry, document, problems };
}

async function digestOrReason(
  history: string,
  segments: readonly string[],
): Promise<{ sha256: string; size: number } | string> {
  try {
    return (await digestInside(history, segments)) ?? 'no such file';
  } catch (error) {
    if (error instanceof RegistryError) return error.message;
    throw error;
  }
}

async function readDocument<T>(
  history: string,
  segments: readonly string[],
  parse: (bytes: Uint8Array) => T,
): Promise<T | null> {
  const bytes = await readInside(history, segments, MAX_JSON_BYTES).catch(undefinedIfCoded);
  return (bytes && orUndefined(() => parse(bytes))) ?? null;
}

function parseEntry(bytes: Uint8Array): RegistryEntry | null {
  const value = parseJson(bytes);
  return registryEntryProblems(value).length === 0 ? (value as RegistryEntry) : null;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    const problem = `history folder ${folder} cannot be listed: ${code ?? String(error)}`;
    throw new RegistryError('UNREADABLE', problem, { cause: error });
  }
}
