import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { VideoError } from './errors.ts';
import { missing, reasonIn } from './ffmpeg-reason.ts';

/** The last lines of what a program writes about its failure say why. */
const STDERR_CHARACTERS = 4096;

/** A program that works on a clip. */
interface Program {
  /** Name of the clip, for messages. */
  readonly clip: string;
  /** The program, found on PATH. */
  readonly command: string;
  /** The beginning of the message about a program that failed; `how` is its exit code or signal. */
  readonly failed: (how: string) => string;
}

/**
 * Resolves once a program has ended well; no failure of it is unhandled.
 *
 * @throws VideoError FFMPEG_MISSING | DECODE_FAILED with its own reason
 */
export function endOf(child: ChildProcess, { clip, command, failed }: Program): Promise<void> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
  });
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => {
      if (code === 0) return;
      const message = failed(code === null ? String(signal) : `exit ${code}`);
      throw new VideoError('DECODE_FAILED', `${message}${reasonIn(stderr)}`);
    },
    (error: NodeJS.ErrnoException) => {
      throw missing(clip, command, error);
    },
  );
  ended.catch(() => undefined);
  return ended;
}

/** Kills a program and waits until it has ended, however it does. */
export async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGKILL');
  for (const stream of child.stdio) stream?.destroy();
  await ended.catch(() => undefined);
}
