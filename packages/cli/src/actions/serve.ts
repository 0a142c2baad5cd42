import { availableParallelism } from 'node:os';
import type { Device } from '@vqforge/runtime';
import { expectLargeBodies, type ModelServer, serve, type ServerLimits } from '@vqforge/serve';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { readInput } from '../input-file.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ServeFlags } from '../commands/serve.ts';
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
    ...(flags.model === undefined ? {} : { models: flags.model }),
    host: flags.host,
    port: flags.port,
    device: flags.device as Device,
    deviceFallback: flags.deviceFallback === true,
    allowUnregistered: flags.allowUnregistered === true,
    concurrency: flags.maxConcurrency,
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    featureThreads: flags.threads ?? Math.min(availableParallelism(), MOST_FEATURE_THREADS),
    decodesContainers: flags.ffmpeg === true,
    ...(flags.tokenFile === undefined ? {} : { token: await readToken(flags.tokenFile, signal) }),
    ...(flags.allowedHosts === undefined ? {} : { allowedHosts: flags.allowedHosts }),
    ...(await signatureCheck(flags, signal)),
    limits: limitsOf(flags),
    drainMs: flags.drain * MS,
    log: { level: flags.quiet === true ? 'error' : flags.logLevel, stream: process.stderr },
  });
  process.stdout.write(`${flags.json === true ? readyJson(server) : readyText(server)}\n`);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    // a signal that came while models were opened
    if (signal.aborted) resolve();
  });
  await server.close();
  // main.ts makes it the exit code of whichever signal it was
  throw new CommandExit(EXIT.SIGTERM);
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
  const limits: [keyof ServerLimits, number | undefined, number][] = [
    ['bodyBytes', flags.maxBody, MIB],
    ['tensorBytes', flags.maxTensor, MIB],
    ['pendingBytes', flags.maxPending, MIB],
    ['memoryBytes', flags.maxMemory, MIB],
    ['batch', flags.maxBatch, 1],
    ['queue', flags.maxQueue, 1],
    ['connections', flags.maxConnections, 1],
    ['timeoutMs', flags.timeout, MS],
    ['receiveMs', flags.timeout, MS],
  ];
  return Object.fromEntries(
    limits.flatMap(([name, value, unit]) => (value === undefined ? [] : [[name, value * unit]])),
  );
}

function readyJson({ url, models, absent }: ModelServer): string {
  return JSON.stringify({ url, models, absent });
}

function readyText({ url, models, absent }: ModelServer): string {
  return [
    ...absent.map(({ reason }) => `not served: ${reason}`),
    `serving ${models.join(', ') || 'no model'} at ${url}`,
  ].join('\n');
}
