import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PullError } from './errors.ts';
import { fileDigest, moveIntoPlace } from './weights-cache-files.ts';
import { isPinned, type PinnedFile } from './weights-upstream.ts';

interface DownloadOptions {
  /** Where to ask, in order. */
  readonly urls: readonly string[];
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are here, and how many there will be where the server says so. */
  readonly progress?: (received: number, total: number | undefined) => void;
  /** Only tests give other numbers. */
  readonly limits?: DownloadLimits;
}

export interface DownloadLimits {
  /** Tries per URL that may end by chance: a lost connection, silence, a busy server, wrong bytes. */
  readonly attempts: number;
  /** Wait before the second try; doubles with each. Milliseconds. */
  readonly backoff: number;
  /** Longest time without headers, and without another `SLOWEST` bytes or the end. Milliseconds. */
  readonly silence: number;
}

/** About a quarter of a minute of a server that answers badly, then the next one. */
const DOWNLOAD_LIMITS: DownloadLimits = { attempts: 5, backoff: 1000, silence: 15_000 };

/** Whole answers with other bytes: one may have begun with what an earlier try had left, another one is the server's. */
const MOST_WRONG = 2;

/** A server that sends less than this in `silence`, 1 kB/s, is as good as silent. */
const SLOWEST = 16_384;

/** A try that failed, and whether another one may not. */
class FailedAttempt extends Error {
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

/**
 * Downloads a pinned file into the cache. What has arrived is kept in a hidden file and continued by the next try, or
 * by the next process; the file gets its name after its digest was checked.
 *
 * @returns its path and digest
 * @throws PullError DIGEST_MISMATCH when every server sent something else, DOWNLOAD_FAILED, INTERRUPTED, UNWRITABLE
 */
export async function download(
  wanted: PinnedFile,
  options: DownloadOptions,
): Promise<{ readonly path: string; readonly sha256: string }> {
  const { cache, urls, limits = DOWNLOAD_LIMITS } = options;
  await mkdir(cache, { recursive: true }).catch((error: unknown) => unwritable(cache, error));
  const partial = await adoptPartial(cache, wanted.file);
  try {
    const sha256 = await downloadFrom(urls, partial, wanted, { ...options, limits });
    return { path: await moveIntoPlace(partial, join(cache, wanted.file)), sha256 };
  } finally {
    await leavePartial(cache, wanted.file, partial);
  }
}

/** Fills the partial file with the pinned bytes. Returns their digest. */
async function downloadFrom(
  urls: readonly string[],
  partial: string,
  wanted: PinnedFile,
  options: DownloadOptions & { readonly limits: DownloadLimits },
): Promise<string> {
  const { signal, limits } = options;
  const failures: string[] = [];
  let isOnlyWrong = true;
  for (const url of urls) {
    let wrong = 0;
    for (let attempt = 0; attempt < limits.attempts && wrong < MOST_WRONG; attempt++) {
      if (attempt > 0) await pause(limits.backoff * 2 ** (attempt - 1), signal);
      try {
        await receive(url, partial, wanted, options);
        const sha256 = await fileDigest(partial);
        if (isPinned(sha256, wanted)) return sha256;
        await rm(partial);
        wrong++;
        failures.push(`${url}: sha256 ${sha256}`);
      } catch (error) {
        if (signal?.aborted === true) throw interrupted(wanted, error);
        if (!(error instanceof FailedAttempt)) throw error;
        failures.push(`${url}: ${error.message}`);
        isOnlyWrong = false;
        if (error.isFinal) break;
      }
    }
  }
  throw new PullError(
    isOnlyWrong ? 'DIGEST_MISMATCH' : 'DOWNLOAD_FAILED',
    `${wanted.file}${wanted.sha256 === '' ? '' : ` with sha256 ${wanted.sha256}`} was not to be had: ${[...new Set(failures)].join('; ')}; give a folder that has it with --from, or another server with --mirror`,
  );
}

/** One request: appends to the partial file what is missing of it. */
async function receive(
  url: string,
  partial: string,
  wanted: PinnedFile,
  { signal, progress, limits: { silence } }: DownloadOptions & { readonly limits: DownloadLimits },
): Promise<void> {
  const has = await stat(partial).then(
    ({ size }) => size,
    () => 0,
  );
  const abort = new AbortController();
  const onAbort = (): void => abort.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) abort.abort();
  const timer = setTimeout(onAbort, silence);
  try {
    const response = await fetch(url, {
      signal: abort.signal,
      // compressed, the bytes would not be those that are counted
      headers: { 'accept-encoding': 'identity', ...(has > 0 ? { range: `bytes=${has}-` } : {}) },
    });
    timer.refresh();
    if (response.status === 416 && has > 0) {
      // nothing is left of it: either it is all there, or it was never right, which the digest tells
      await response.body?.cancel();
      return;
    }
    const start = startOf(response, has);
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isSafeInteger(length) ? start + length : undefined;
    if ((total ?? 0) > wanted.maxBytes) throw tooLong(wanted);
    const file = await open(partial, start === 0 ? 'w' : 'a').catch((error: unknown) =>
      unwritable(partial, error),
    );
    try {
      await pour(response, file, start, { wanted, partial, timer, total, progress });
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof FailedAttempt || error instanceof PullError) throw error;
    if (abort.signal.aborted) throw new FailedAttempt(`no byte for ${silence / 1000} s`, false);
    const { cause } = error as Error;
    throw new FailedAttempt(cause instanceof Error ? cause.message : (error as Error).message, false);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    abort.abort();
  }
}

interface Pouring {
  readonly wanted: PinnedFile;
  readonly partial: string;
  readonly timer: NodeJS.Timeout;
  readonly total: number | undefined;
  readonly progress: DownloadOptions['progress'];
}

async function pour(
  { body }: Response,
  file: FileHandle,
  start: number,
  { wanted, partial, timer, total, progress }: Pouring,
): Promise<void> {
  let received = start;
  let refreshed = start;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    received += chunk.length;
    if (received > wanted.maxBytes) throw tooLong(wanted);
    await file.appendFile(chunk).catch((error: unknown) => unwritable(partial, error));
    progress?.(received, total);
    if (received < refreshed + SLOWEST) continue;
    refreshed = received;
    timer.refresh();
  }
  if (total !== undefined && received < total) {
    throw new FailedAttempt(`ended after ${received} of ${total} bytes`, false);
  }
}

/** Where the answer's bytes belong: 0 for the whole file. */
function startOf({ status, headers }: Response, has: number): number {
  if (status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '');
  if (status === 206 && Number(range?.[1]) === has) return has;
  if (status === 206) throw new FailedAttempt(`sent another part than was asked for`, true);
  // 408 and 429 ask for patience, 5xx is a server's own trouble
  throw new FailedAttempt(`HTTP status ${status}`, status !== 408 && status !== 429 && status < 500);
}

function tooLong({ maxBytes }: PinnedFile): FailedAttempt {
  return new FailedAttempt(`more than ${maxBytes} bytes`, true);
}

/**
 * A file of this call alone, so that two do not fill one. It begins as what an earlier call has left, or one whose
 * process is gone.
 */
async function adoptPartial(cache: string, file: string): Promise<string> {
  const own = join(cache, `.${file}.${process.pid}.${randomBytes(4).toString('hex')}.part`);
  for (const name of await readdir(cache)) {
    if (!name.startsWith(`.${file}.`) || !name.endsWith('.part')) continue;
    const pid = /\.(\d+)\.[0-9a-f]{8}\.part$/.exec(name)?.[1];
    if (pid !== undefined && isAlive(Number(pid))) continue;
    const isTaken = await rename(join(cache, name), own).then(
      () => true,
      // another call was faster
      () => false,
    );
    if (isTaken) break;
  }
  return own;
}

/** Keeps the bytes that have arrived, for the next call to resume from. */
async function leavePartial(cache: string, file: string, partial: string): Promise<void> {
  // there is nothing to leave when nothing has arrived
  await rename(partial, join(cache, `.${file}.part`)).catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  // an interrupt ends the pause; the next request sees it
  await sleep(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
}

function interrupted({ file }: PinnedFile, cause: unknown): PullError {
  return new PullError(
    'INTERRUPTED',
    `download of ${file} was interrupted; the next pull continues where it ended`,
    { cause },
  );
}

function unwritable(path: string, error: unknown): never {
  throw new PullError('UNWRITABLE', `${path} cannot be written: ${(error as Error).message}`, {
    cause: error,
  });
}
