import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BappsError } from './errors.ts';
import { LAYOUTS, type BappsMode } from './layout.ts';

/** An item of a set that has all its files; small, since a set may have 56,600. */
export interface ItemFiles {
  readonly set: string;
  /** Name of its files in their folders, without the ending. */
  readonly id: string;
  /** Folders and endings of the pictures in the order of the layout, then of the judgement; one array for all items of a set. */
  readonly folders: readonly string[];
  readonly endings: readonly string[];
}

/** Paths of an item's files, in the order of its folders. */
export function pathsOf({ id, folders, endings }: ItemFiles): string[] {
  return folders.map((folder, at) => join(folder, `${id}${endings[at]}`));
}

/** An item that cannot be used, and why. */
export interface Damage {
  readonly set: string;
  readonly id: string;
  readonly reason: string;
}

export interface ListedSets {
  readonly items: readonly ItemFiles[];
  /** Items that lack a file. */
  readonly incomplete: readonly Damage[];
}

/**
 * Lists the items of some sets, each set in the order of its file names; the sets stay in the order that is asked for.
 * Files belong together by name, where upstream pairs them by position and never notices a missing one.
 *
 * @param folder the one with `2afc` and `jnd` in it
 * @throws BappsError NOT_BAPPS, UNKNOWN_SET, EMPTY_SET, UNREADABLE
 */
export async function listSets(
  folder: string,
  mode: BappsMode,
  names: readonly string[] = LAYOUTS[mode].defaultSets,
): Promise<ListedSets> {
  const root = join(folder, mode);
  if (!(await isFolder(root)))
    throw new BappsError(
      'NOT_BAPPS',
      `${folder} has no folder ${mode}, expected ${mode}/<train or val>/<set>; give the folder that bapps pull or bapps mini has written`,
    );
  if (new Set(names).size < names.length)
    throw new BappsError('UNKNOWN_SET', `a set is named twice: ${names.join(' ')}`);
  const items: ItemFiles[] = [];
  const incomplete: Damage[] = [];
  for (const name of names) {
    const listed = await listSet(root, mode, name);
    items.push(...listed.items);
    incomplete.push(...listed.incomplete);
  }
  return { items, incomplete };
}

async function listSet(root: string, mode: BappsMode, set: string): Promise<ListedSets> {
  const { pictures, judgement, item } = LAYOUTS[mode];
  const folder = join(root, set);
  // a name is not a way out of the dataset
  const isName = /^[\w-]+\/[\w-]+$/.test(set);
  if (!isName || !(await isFolder(folder)))
    throw new BappsError(
      'UNKNOWN_SET',
      `${set} is not a set of ${root}, which has ${(await setsOf(root)).join(' ') || 'none'}`,
    );
  const roles = [...pictures, judgement];
  const missing: string[] = [];
  for (const role of roles) if (!(await isFolder(join(folder, role)))) missing.push(role);
  if (missing.length > 0)
    throw new BappsError(
      'NOT_BAPPS',
      `${folder} has no folder ${missing.join(', ')}, expected ${roles.join(', ')} in a set of ${mode}`,
    );
  const folders = roles.map((role) => join(folder, role));
  const usual = roles.map((role) => (role === judgement ? '.npy' : '.png'));
  const files = await Promise.all(folders.map((place, at) => endingsOf(place, usual[at] as string)));
  const ids = [...new Set(files.flatMap((found) => [...found.keys()]))].sort();
  if (ids.length === 0)
    throw new BappsError('EMPTY_SET', `${folder} has no ${item}: no .png and no .npy file`);
  const items: ItemFiles[] = [];
  const incomplete: Damage[] = [];
  for (const id of ids) {
    const endings = files.map((found) => found.get(id));
    const absent = roles.filter((_, at) => endings[at] === undefined);
    const isUsual = endings.every((ending, at) => ending === usual[at]);
    if (absent.length === 0)
      items.push({ set, id, folders, endings: isUsual ? usual : (endings as string[]) });
    else
      incomplete.push({
        set,
        id,
        reason: `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} missing`,
      });
  }
  return { items, incomplete };
}

/** What macOS leaves beside files on disks that are not its own, and in archives: no part of a dataset. */
function isOfTheSystem(name: string): boolean {
  return name.startsWith('._') || name === '.DS_Store' || name === '__MACOSX';
}

/** Files below a folder and its subfolders: their names without the ending, and it as it is written. */
async function endingsOf(folder: string, ending: string, prefix = ''): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await entriesOf(folder)) {
    const { name } = entry;
    if (isOfTheSystem(name)) continue;
    if (entry.isDirectory()) {
      const below = await endingsOf(join(folder, name), ending, `${prefix}${name}/`);
      for (const [id, found] of below) files.set(id, found);
    } else if (name.toLowerCase().endsWith(ending)) {
      files.set(prefix + name.slice(0, -ending.length), name.slice(-ending.length));
    }
  }
  return files;
}

/** Names of all sets of a mode, `<split>/<set>`, in order; none where there is no folder of the mode. */
export async function findSets(folder: string, mode: BappsMode): Promise<string[]> {
  const root = join(folder, mode);
  return (await isFolder(root)) ? setsOf(root) : [];
}

async function setsOf(root: string): Promise<string[]> {
  const sets: string[] = [];
  for (const split of await entriesOf(root)) {
    if (!split.isDirectory() || isOfTheSystem(split.name)) continue;
    const names = (await entriesOf(join(root, split.name))).filter(
      (entry) => entry.isDirectory() && !isOfTheSystem(entry.name),
    );
    sets.push(...names.map(({ name }) => `${split.name}/${name}`));
  }
  return sets.sort();
}

type Entries = Awaited<ReturnType<typeof readEntries>>;

async function entriesOf(folder: string): Promise<Entries> {
  return readEntries(folder).catch((error: unknown) => {
    throw new BappsError('UNREADABLE', `${folder} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  });
}

function readEntries(folder: string) {
  return readdir(folder, { withFileTypes: true });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
