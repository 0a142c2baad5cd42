import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { ByteSource } from './byte-reader.ts';
import { VideoError } from './errors.ts';

/** What ffmpeg writes about its failure: the last lines say why. */
const STDERR_BYTES = 4096;

/**
 * Decodes any container with the `ffmpeg` on PATH (5.1 or newer) into Y4M on a pipe. The first video stream, every frame
 * once, in the pixel format of the file when Y4M has it. The first decoding error ends it.
 *
 * @param command the program, found on PATH
 * @throws VideoError FFMPEG_MISSING | DECODE_FAILED when its chunks are read
 */
export function decodeWithFfmpeg(path: string, command: string): ByteSource {
  const child = spawn(command, ffmpegArguments(path), {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES);
  });
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]: [number | null, NodeJS.Signals | null]) => {
      if (code === 0) return;
      const reason = stderr.trim().split('\n').at(-1) ?? '';
      throw new VideoError(
        'DECODE_FAILED',
        `ffmpeg could not decode ${path} (${code === null ? signal : `exit ${code}`})${reason === '' ? '' : `: ${reason}`}`,
      );
    },
    (error: NodeJS.ErrnoException) => {
      throw spawnError(path, command, error);
    },
  );
  ended.catch(() => undefined);

  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    await ended;
  }

  return {
    chunks: chunks(),
    close: async () => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      await ended.catch(() => undefined);
    },
  };
}

function ffmpegArguments(path: string): string[] {
  const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-xerror'];
  // "file:" and the whitelist: neither a name that looks like an address nor a playlist reaches the network
  const input = ['-protocol_whitelist', 'file,pipe', '-i', `file:${resolve(path)}`, '-map', '0:v:0'];
  // -strict -1 allows more than 8 bits in Y4M
  return [...quiet, ...input, '-fps_mode', 'passthrough', '-f', 'yuv4mpegpipe', '-strict', '-1', '-'];
}

function spawnError(path: string, command: string, error: NodeJS.ErrnoException): VideoError {
  if (error.code !== 'ENOENT')
    return new VideoError('DECODE_FAILED', `${command} could not be started: ${error.message}`, {
      cause: error,
    });
  return new VideoError(
    'FFMPEG_MISSING',
    `${path} is neither Y4M nor described as raw YUV, and there is no ${command} on PATH to decode it; install ffmpeg, or convert it to Y4M`,
    { cause: error },
  );
}
