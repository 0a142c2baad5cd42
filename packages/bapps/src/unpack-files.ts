import { CodedError } from '@vqforge/base';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BappsError } from './errors.ts';
import type { BappsArchive } from './archives.ts';
import { LAYOUTS } from './layout.ts';
import { MAX_PICTURE_BYTES } from './picture.ts';
import { tarFiles } from './tar.ts';

/** BAPPS has 605,600 files in its largest archive. */
const MAX_FILES = 1_000_000;

/**
 * Unpacks an archive into `<mode>/<split>` of a dataset, whole or not at all. Only files that belong to a set are
 * taken, and only under names that cannot lead elsewhere.
 *
 * @returns how many files there are
 * @throws BappsError UNREADABLE, NOT_BAPPS, UNWRITABLE, INTERRUPTED
 */
export async function unpack(
  path: string,
  { file, mode, split }: Pick<BappsArchive, 'file' | 'mode' | 'split'>,
  out: string,
  {
    signal,
    progress,
  }: { readonly signal?: AbortSignal | undefined; readonly progress?: (files: number) => void },
): Promise<number> {
  const target = join(out, mode, split);
  const staging = join(out, `.${mode}-${split}.unpacking`);
  const folders = new Set<string>();
  let count = 0;
  try {
    // what an interrupted call has left
    await rm(staging, { recursive: true, force: true });
    const stream = pipeline(createReadStream(path), createGunzip(), () => undefined);
    for await (const entry of filesOf(stream, path)) {
      if (signal?.aborted === true)
        throw new BappsError('INTERRUPTED', `unpacking of ${file} was interrupted`);
      const place = placeOf(entry.path, { mode, split });
      if (place === undefined) continue;
      if (++count > MAX_FILES) throw new BappsError('NOT_BAPPS', `${file} has more than ${MAX_FILES} files`);
      const to = join(staging, place);
      if (!folders.has(dirname(to))) await mkdir(dirname(to), { recursive: true });
      folders.add(dirname(to));
      await writeFile(to, entry.bytes);
      progress?.(count);
    }
    if (count === 0)
      throw new BappsError(
        'NOT_BAPPS',
        `${file} has no file of ${mode}/${split}/<set>; it is another archive`,
      );
    await mkdir(dirname(target), { recursive: true });
    await rename(staging, target);
    return count;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (error instanceof CodedError) throw error;
    throw new BappsError('UNWRITABLE', `${target} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function* filesOf(stream: AsyncIterable<Uint8Array>, path: string): ReturnType<typeof tarFiles> {
  try {
    yield* tarFiles(stream, MAX_PICTURE_BYTES);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new BappsError(
      'UNREADABLE',
      `${path} cannot be unpacked: ${(error as Error).message}; remove it and pull again`,
      { cause: error },
    );
  }
}

/** `<set>/<role>/<name>` below the split, whatever folders the archive has above it; undefined for other files. */
function placeOf(path: string, { mode, split }: Pick<BappsArchive, 'mode' | 'split'>): string | undefined {
  const { pictures, judgement } = LAYOUTS[mode];
  const [name = '', role = '', set = '', folder = ''] = path.split('/').reverse();
  const ending = role === judgement ? '.npy' : '.png';
  const belongs = folder === split && /^[\w-]+$/.test(set) && [...pictures, judgement].includes(role);
  return belongs && /^\w[\w.-]*$/.test(name) && name.endsWith(ending) ? join(set, role, name) : undefined;
}
