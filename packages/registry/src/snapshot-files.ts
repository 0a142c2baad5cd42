import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readInside, readPinnedFile } from './bounded-file.ts';
import { RegistryError, systemCode } from './errors.ts';
import {
  COMMIT_FOLDER,
  formatJournal,
  isStageName,
  type Journal,
  JOURNAL_FILE,
  parseJournal,
} from './journal.ts';
import { MAX_JSON_BYTES } from './pinned-name.ts';
import type { RegistrySource } from './registry-source.ts';

/** Where a registry is: its folder and the name of its JSON file. */
export interface Location {
  readonly folder: string;
  readonly file: string;
}

/** The folder as of one publish, entirely before it or entirely after it; reading never writes. */
export interface View extends RegistrySource {
  /** The publish that is committed but not yet moved into place. */
  readonly journal: Journal | null;
  read(name: string, maxBytes: number): Promise<Buffer | null>;
  /** Paths of all files below the folder, hidden ones too, without the registry's own working files. */
  files(): Promise<string[]>;
  /** Working files of publishers that died, the committed journal aside; only locks while another one works. */
  leftovers(): Promise<string[]>;
}

/** Reads that publishers keep disturbing are repeated this often, with pauses that grow: about ten seconds. */
const ATTEMPTS = 200;
/** Milliseconds; a publish takes about as long. */
const LONGEST_PAUSE = 50;

/**
 * Accepts the folder of a registry or the registry's file.
 *
 * @throws RegistryError UNREADABLE when the path can be neither
 */
export async function locateRegistry(path: string): Promise<Location> {
  try {
    if ((await stat(path)).isDirectory()) return { folder: path, file: 'registry.json' };
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT') {
      throw new RegistryError('UNREADABLE', `registry ${path} cannot be opened: ${code ?? String(error)}`, {
        cause: error,
      });
    }
    if (!path.endsWith('.json')) return { folder: path, file: 'registry.json' };
  }
  return { folder: dirname(path), file: basename(path) };
}

/**
 * Runs `read` on a view that no publish changed meanwhile; a disturbed run is thrown away and repeated.
 *
 * @throws RegistryError BUSY when publishers never leave a quiet moment, and whatever an undisturbed `read` throws
 */
export async function readConsistently<T>(location: Location, read: (view: View) => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const journal = await readJournal(location.folder);
    const before = await stamp(location, journal);
    let outcome: { value: T } | { error: unknown };
    try {
      outcome = { value: await read(new FolderView(location, journal)) };
    } catch (error) {
      outcome = { error };
    }
    const after = await stamp(location, await readJournal(location.folder));
    if (before === after) {
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    }
    await sleep(Math.min(attempt, LONGEST_PAUSE));
  }
  throw new RegistryError('BUSY', `registry ${location.file} kept changing while it was read; try again`);
}

/** The committed journal, or null when there is none. */
export async function readJournal(folder: string): Promise<Journal | null> {
  const bytes = await readInside(folder, [COMMIT_FOLDER, JOURNAL_FILE], MAX_JSON_BYTES);
  return bytes === null ? null : parseJournal(bytes);
}

/** Differs whenever a publish began or ended in between: each one brings a new registry file. */
async function stamp({ folder, file }: Location, journal: Journal | null): Promise<string> {
  const committed = journal === null ? '' : formatJournal(journal);
  try {
    const { ino, ctimeNs, size } = await stat(join(folder, file), { bigint: true });
    return `${committed} ${ino} ${ctimeNs} ${size}`;
  } catch {
    return committed;
  }
}

class FolderView implements View {
  readonly folder: string;
  readonly file: string;
  readonly journal: Journal | null;

  constructor({ folder, file }: Location, journal: Journal | null) {
    this.folder = folder;
    this.file = file;
    this.journal = journal;
  }

  async read(name: string, maxBytes: number): Promise<Buffer | null> {
    const index = this.journal?.writes.findIndex((write) => write.name === name) ?? -1;
    if (index >= 0) {
      const staged = await readInside(this.folder, [COMMIT_FOLDER, String(index)], maxBytes);
      // not there any more: it has been moved into place
      if (staged !== null) return staged;
    }
    if (this.journal?.removals.includes(name) === true) return null;
    return readPinnedFile(this.folder, name, maxBytes);
  }

  async files(): Promise<string[]> {
    const { listTree } = await import('./tree-files.ts');
    const present = (await listTree(this.folder, '')).map(({ path }) => path);
    const added = this.journal?.writes.map(({ name }) => name) ?? [];
    const removed = new Set(this.journal?.removals);
    return [...new Set([...present, ...added])].filter((name) => !removed.has(name)).sort();
  }

  async leftovers(): Promise<string[]> {
    const { surveyClaims } = await import('./lock-files.ts');
    const { dead, isHeld } = await surveyClaims(this.folder);
    const names = await readdir(this.folder).catch((cause: unknown) => {
      throw new RegistryError('UNREADABLE', `folder ${this.folder} cannot be listed`, { cause });
    });
    const working = names.filter(
      (name) => isStageName(name) || (name === COMMIT_FOLDER && this.journal === null),
    );
    return isHeld ? dead.sort() : [...dead, ...working].sort();
  }
}
