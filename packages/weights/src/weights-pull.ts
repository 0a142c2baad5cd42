import type { LpipsNet, LpipsVersion } from '@vqforge/export';
import { makeFolder } from '@vqforge/artifact/node';
import { PullError } from './errors.ts';
import { addToCache, findCached, findInFolder, type CheckedFile } from './weights-cache-files.ts';
import { download, type DownloadLimits } from './download-node.ts';
import { upstreamTeacher, type UpstreamTeacher } from './teacher-upstream.ts';
import { isFullyPinned, upstreamFile, type UpstreamFile } from './weights-upstream.ts';

export interface PullOptions {
  /** Whose weights; default: squeeze, the net of the pinned models, unless teachers are asked for. */
  readonly nets?: readonly LpipsNet[];
  /** Model files of libvmaf, by id. */
  readonly teachers?: readonly string[];
  /** Version of the heads. Default: 0.1. */
  readonly version?: LpipsVersion;
  /** Where the files go. */
  readonly cache: string;
  /** Folders that are looked into before anything is downloaded. */
  readonly from?: readonly string[];
  readonly offline?: boolean;
  /** Servers that are asked before upstream, for `<mirror>/<file>`. */
  readonly mirrors?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (file: string, received: number, total: number | undefined) => void;
  readonly limits?: DownloadLimits;
}

export interface PulledFile extends CheckedFile {
  readonly file: string;
  readonly outcome: 'cached' | 'copied' | 'downloaded';
  /** False where upstream publishes only 8 digits of the digest: that many were checked. */
  readonly isFullyPinned: boolean;
}

/**
 * Brings the pinned upstream files of some nets and teachers into the cache: what is there and right stays, then folders, then
 * servers. No file gets its name before its digest was checked.
 *
 * @throws PullError MISSING_WEIGHTS when offline and something is neither in the cache nor in the folders;
 * DOWNLOAD_FAILED, DIGEST_MISMATCH, INTERRUPTED, UNREADABLE, UNWRITABLE
 * @example
 * const [trunk] = await pullWeights({ nets: ['squeeze'], cache: 'weights', from: ['downloads'], offline: true });
 * trunk.outcome; // => 'copied'
 */
export async function pullWeights(options: PullOptions): Promise<PulledFile[]> {
  const { teachers = [], version = '0.1', cache } = options;
  const { nets = teachers.length === 0 ? ['squeeze' as const] : [] } = options;
  await makeFolder(cache);
  const wanted = [
    ...nets.flatMap((net) => [upstreamFile(net, 'trunk'), upstreamFile(net, version)]),
    ...teachers.map(upstreamTeacher),
  ];
  const pulled: PulledFile[] = [];
  const missing: string[] = [];
  for (const upstream of wanted) {
    const found = await obtain(upstream, options);
    if (found === undefined) missing.push(upstream.file);
    else pulled.push({ ...found, file: upstream.file, isFullyPinned: isFullyPinned(upstream) });
  }
  if (missing.length > 0) {
    throw new PullError(
      'MISSING_WEIGHTS',
      `offline, and neither ${[cache, ...(options.from ?? [])].join(' nor ')} has ${missing.join(', ')}; leave out --offline, or give a folder with --from`,
    );
  }
  return pulled;
}

async function obtain(
  upstream: UpstreamFile | UpstreamTeacher,
  { cache, from = [], offline = false, mirrors = [], signal, progress, limits }: PullOptions,
): Promise<Omit<PulledFile, 'file' | 'isFullyPinned'> | undefined> {
  const cached = await findCached(cache, upstream);
  if (cached !== undefined) return { ...cached, outcome: 'cached' };
  for (const folder of from) {
    const found = await findInFolder(folder, upstream);
    if (found !== undefined) return { ...(await addToCache(cache, upstream, found)), outcome: 'copied' };
  }
  if (offline) return undefined;
  const downloaded = await download(upstream, {
    urls: [...mirrors.map((mirror) => `${mirror.replace(/\/+$/, '')}/${upstream.file}`), upstream.url],
    cache,
    ...(signal ? { signal } : {}),
    ...(limits ? { limits } : {}),
    ...(progress ? { progress: (received, total) => progress(upstream.file, received, total) } : {}),
  });
  return { ...downloaded, matches: 'file', outcome: 'downloaded' };
}
