import { defined } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import type { Device } from '@vqforge/runtime';
import { expectLargeBodies, serve, type ServerLimits } from '@vqforge/serve';
import { closeOnSignal } from '../close-on-signal.ts';
import { readInput } from '../input-file.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ServeFlags } from '../commands/serve.ts';
import { printResult } from '../terminal-text.ts';
import { signatureCheck } from '../signature-flags.ts';
import { UsageError } from '../usage-error.ts';

/** Each takes memory, and the thread that serves wants a core. */
const MOST_FEATURE_THREADS = 4;

const MIB = 2 ** 20;
const MS = 1000;

/** Serves until a signal, answers what has come by then, and ends with the signal's exit code. */
export async function serveCommand(flags: ServeFlags, { signal, place }: CommandContext): Promise<void> {
  expectLargeBodies();
  const server = await serve({
    registry: place.registry(flags.registry),
    host: flags.host,
    port: flags.port,
    device: flags.device as Device,
    deviceFallback: flags.deviceFallback === true,
    allowUnregistered: flags.allowUnregistered === true,
    concurrency: flags.maxConcurrency,
    featureThreads: flags.threads ?? Math.min(availableParallelism(), MOST_FEATURE_THREADS),
    decodesContainers: flags.ffmpeg === true,
    ...defined({
      models: flags.model,
      engine: flags.engine,
      threads: flags.threads,
      token: flags.tokenFile === undefined ? undefined : await readToken(flags.tokenFile, signal),
      allowedHosts: flags.allowedHosts,
    }),
    ...(await signatureCheck(flags, signal)),
    limits: limitsOf(flags),
    drainMs: flags.drain * MS,
    log: { level: flags.quiet === true ? 'error' : flags.logLevel, stream: process.stderr },
  });
  const { url, models, absent } = server;
  printResult(flags, { url, models, absent }, [
    ...absent.map(({ reason }) => `not served: ${reason}`),
    `serving ${models.join(', ') || 'no model'} at ${url}`,
  ]);
  return closeOnSignal(server, signal);
}

/** Short tokens are guessed. */
const MIN_TOKEN = 16;

async function readToken(path: string, signal: AbortSignal): Promise<string> {
  const token = (await readInput(path, '--token-file', signal)).toString().trim();
  if (token.length >= MIN_TOKEN && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(
    `--token-file: ${path} holds ${token.length} characters, expected one word of at least ${MIN_TOKEN}, such as of openssl rand -hex 32`,
  );
}

function limitsOf(flags: ServeFlags): Partial<ServerLimits> {
  const times = (value: number | undefined, unit: number) => (value === undefined ? undefined : value * unit);
  return defined({
    bodyBytes: times(flags.maxBody, MIB),
    tensorBytes: times(flags.maxTensor, MIB),
    pendingBytes: times(flags.maxPending, MIB),
    memoryBytes: times(flags.maxMemory, MIB),
    batch: flags.maxBatch,
    queue: flags.maxQueue,
    connections: flags.maxConnections,
    timeoutMs: times(flags.timeout, MS),
    receiveMs: times(flags.timeout, MS),
  });
}
