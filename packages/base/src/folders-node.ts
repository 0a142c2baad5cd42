import { randomBytes } from 'node:crypto';
import { lstat, mkdtemp, opendir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Folders deeper than this below a search root are not looked into. */
const MAX_DEPTH = 6;

/** Files with names of that kind, in the order of names. Links are not followed; what cannot be read is not an input. */
export async function filesBelow(folder: string, names: RegExp, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && depth < MAX_DEPTH) return filesBelow(path, names, depth + 1);
        return entry.isFile() && names.test(entry.name) ? [path] : [];
      }),
  );
  return nested.flat();
}

/** Whether a folder is at that path, or a link to one; false where nothing is, or nothing that may be looked at. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Names of temporary files and folders, of which no other program's are: what is left behind is known by them. */
const FILE_NAME = /^\..*\.[\da-f]{12}\.vqforge-tmp$/s;
const FOLDER_NAME = /^vqforge-tmp-[A-Za-z\d]{6}$/;

/** Most bytes of a name that is part of another: file systems take 255 bytes. */
const LONGEST_NAME = 200;

/** No writer takes as long; what is older was left by one that was killed. */
const LEFT_BEHIND_MS = 24 * 60 * 60 * 1000;

/** Folders that this process has looked through. */
const swept = new Set<string>();

/**
 * A name for what will be renamed to `path`, in the same folder: `.<name>.<12 hexadecimal digits>.vqforge-tmp`. Files of
 * such names that killed writers left there more than 24 hours ago are removed first, once per process.
 *
 * @example
 * await temporaryPath('out/scores.json'); // 'out/.scores.json.5f0c1e2a9b7d.vqforge-tmp'
 */
export async function temporaryPath(path: string): Promise<string> {
  const folder = dirname(path);
  await sweepOnce(folder, FILE_NAME);
  const name = Buffer.from(basename(path)).subarray(0, LONGEST_NAME).toString().replaceAll('\uFFFD', '');
  return join(folder, `.${name}.${randomBytes(6).toString('hex')}.vqforge-tmp`);
}

/**
 * Runs a job in a folder of its own in the system's temporary folder, which is removed whatever happens. Folders that killed
 * jobs left there more than 24 hours ago are removed first, once per process.
 */
export async function withTemporaryFolder<T>(job: (folder: string) => Promise<T>): Promise<T> {
  const parent = tmpdir();
  await sweepOnce(parent, FOLDER_NAME);
  const folder = await mkdtemp(join(parent, 'vqforge-tmp-'));
  try {
    return await job(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sweepOnce(folder: string, pattern: RegExp): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  await sweep(folder, pattern, Date.now()).catch(() => undefined);
}

/**
 * Removes files and folders that an earlier process left behind: those whose name matches the pattern, that belong to this
 * user and have not changed for 24 hours. What cannot be removed stays; a folder that cannot be read is an error.
 */
async function sweep(folder: string, pattern: RegExp, nowMs: number): Promise<void> {
  const isFolders = pattern === FOLDER_NAME;
  for await (const { name } of await opendir(folder)) {
    if (!pattern.test(name)) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined || nowMs - found.mtimeMs < LEFT_BEHIND_MS) continue;
    const isOurs = process.getuid === undefined || found.uid === process.getuid();
    if (!isOurs || (isFolders ? !found.isDirectory() : !found.isFile())) continue;
    await rm(path, { recursive: isFolders, force: true }).catch(() => undefined);
  }
}
