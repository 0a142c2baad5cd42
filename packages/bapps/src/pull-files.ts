import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@vqforge/artifact/node';
import { download, type DownloadLimits, fileDigest, isPinned } from '@vqforge/weights';
import { BappsError } from './errors.ts';
import { BAPPS_SERVER, bappsArchive, type ArchiveName, type BappsArchive } from './archives.ts';
import { readManifest, writeManifest, type BappsManifest } from './manifest.ts';
import { unpack } from './unpack-files.ts';

export interface PullBappsOptions {
  /** Default: val and jnd, what evaluation needs. */
  readonly archives?: readonly ArchiveName[];
  /** Folder that gets `2afc` and `jnd`. */
  readonly out: string;
  /** Folders that may have the archives, looked into before anything is downloaded. */
  readonly from?: readonly string[];
  /** Servers that are asked for `<server>/<file>`, in order; default: upstream's. */
  readonly servers?: readonly string[];
  /** SHA-256 of archives, instead of what we know. */
  readonly pins?: Readonly<Partial<Record<ArchiveName, string>>>;
  readonly keepArchives?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called with how far a download is, in bytes, or an unpacking, in files. */
  readonly progress?: (
    file: string,
    step: 'download' | 'unpack',
    done: number,
    total: number | undefined,
  ) => void;
  readonly limits?: DownloadLimits;
}

export interface PulledArchive {
  readonly name: ArchiveName;
  readonly outcome: 'present' | 'unpacked';
  /** SHA-256 of the archive; null where its folder was there already. */
  readonly sha256: string | null;
  /** Whether a whole digest was known beforehand. */
  readonly isPinned: boolean;
  readonly files: number | null;
}

/**
 * Brings BAPPS into a folder: archives from folders or servers, their digests checked, unpacked whole or not at all,
 * then a manifest of all that is there. What is there already stays; what has arrived of an archive is kept for the
 * next call.
 *
 * @throws BappsError DOWNLOAD_FAILED, DIGEST_MISMATCH, INTERRUPTED, UNREADABLE, UNWRITABLE, NOT_BAPPS
 */
export async function pullBapps(
  options: PullBappsOptions,
): Promise<{ readonly archives: readonly PulledArchive[]; readonly manifest: BappsManifest }> {
  const { archives = ['val', 'jnd'], out, pins = {} } = options;
  await makeFolder(out);
  const pulled: PulledArchive[] = [];
  for (const name of archives) {
    const archive = { ...bappsArchive(name), ...(pins[name] === undefined ? {} : { sha256: pins[name] }) };
    pulled.push(await pullArchive(archive, options));
  }
  const known = await readManifest(out);
  const isNew = pulled.some(({ outcome }) => outcome === 'unpacked');
  const manifest =
    known === undefined || isNew
      ? await writeManifest(out, originOf(known?.origin, pulled), 'people')
      : known;
  return { archives: pulled, manifest };
}

/** What an earlier call has written, and the archives of this one. */
function originOf(known: string | undefined, pulled: readonly PulledArchive[]): string {
  const digests = pulled.flatMap(({ name, sha256 }) => (sha256 === null ? [] : [`${name} sha256 ${sha256}`]));
  return [known ?? 'BAPPS, github.com/richzhang/PerceptualSimilarity', ...digests].join('; ');
}

async function pullArchive(archive: BappsArchive, options: PullBappsOptions): Promise<PulledArchive> {
  const { name, mode, split } = archive;
  const { out, signal, progress } = options;
  const pinned = archive.sha256.length === 64;
  if (await exists(join(out, mode, split)))
    return { name, outcome: 'present', sha256: null, isPinned: pinned, files: null };
  const { path, sha256, isOurs } = await obtain(archive, options);
  const files = await unpack(path, archive, out, {
    signal,
    ...(progress === undefined
      ? {}
      : { progress: (done) => progress(archive.file, 'unpack', done, undefined) }),
  });
  if (isOurs && options.keepArchives !== true) await rm(path, { force: true });
  return { name, outcome: 'unpacked', sha256, isPinned: pinned, files };
}

async function obtain(
  archive: BappsArchive,
  { out, from = [], servers = [BAPPS_SERVER], signal, progress, limits }: PullBappsOptions,
): Promise<{ readonly path: string; readonly sha256: string; readonly isOurs: boolean }> {
  for (const folder of [...from, out]) {
    const path = join(folder, archive.file);
    if (!(await exists(path))) continue;
    const sha256 = await fileDigest(path);
    if (isPinned(sha256, archive)) return { path, sha256, isOurs: folder === out };
    throw new BappsError(
      'DIGEST_MISMATCH',
      `${path} has sha256 ${sha256}, expected ${archive.sha256}; remove it, or say that it is right with --pin ${archive.name}=${sha256}`,
    );
  }
  const downloaded = await download(archive, {
    urls: servers.map((server) => `${server.replace(/\/+$/, '')}/${archive.file}`),
    cache: out,
    signal,
    ...(limits === undefined ? {} : { limits }),
    ...(progress === undefined
      ? {}
      : { progress: (received, total) => progress(archive.file, 'download', received, total) }),
  });
  return { ...downloaded, isOurs: true };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
