import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server on loopback, for one test. */
export interface QueueServer {
  readonly url: string;
  /** Ends it with SIGKILL and starts it again with what it kept. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether Redis is on PATH; says so where it is not. */
export const hasRedis: boolean = isHere('redis-server');
if (!hasRedis) console.warn('skipped where queues are on Redis: redis-server is not on PATH');

const POSTGRES = postgresFolder();
/** Whether PostgreSQL is there and may be started: initdb refuses root, which then needs `runuser`. */
export const hasPostgres: boolean = POSTGRES !== undefined && (!isRoot() || isHere('runuser'));
if (!hasPostgres)
  console.warn('skipped where queues are on PostgreSQL: initdb is not here, or must not be run as root');

/** Redis with a password, an append-only file and no eviction. */
export async function startRedis(): Promise<QueueServer> {
  const folder = mkdtempSync(join(tmpdir(), 'vqforge-redis-'));
  const port = await freePort();
  const start = (): ChildProcess =>
    spawn(
      'redis-server',
      `--port ${port} --bind 127.0.0.1 --appendonly yes --appendfsync everysec --maxmemory-policy noeviction`
        .split(' ')
        .concat('--dir', folder, '--requirepass', 'open sesame', '--save', ''),
      { stdio: 'ignore' },
    );
  return server(folder, port, start, `redis://:open%20sesame@127.0.0.1:${port}`);
}

/** PostgreSQL, as the user postgres where this process is root's. */
export async function startPostgres(): Promise<QueueServer> {
  const bin = POSTGRES as string;
  const folder = mkdtempSync(join(tmpdir(), 'vqforge-postgres-'));
  const as = (program: string, args: readonly string[]): [string, string[]] =>
    isRoot()
      ? ['runuser', ['-u', 'postgres', '--', join(bin, program), ...args]]
      : [join(bin, program), [...args]];
  if (isRoot()) execFileSync('chown', ['postgres', folder]);
  const data = join(folder, 'data');
  execFileSync(...as('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync']), {
    stdio: 'ignore',
  });
  const port = await freePort();
  const start = (): ChildProcess =>
    spawn(
      ...as('postgres', ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', folder]),
      { stdio: 'ignore', detached: true },
    );
  return server(folder, port, start, `postgres://postgres@127.0.0.1:${port}/postgres`);
}

async function server(
  folder: string,
  port: number,
  start: () => ChildProcess,
  url: string,
): Promise<QueueServer> {
  let child = start();
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode !== null) return;
    killAll(child);
    await ended;
  };
  await untilOpen(port);
  return {
    url,
    restart: async () => {
      await kill();
      child = start();
      await untilOpen(port);
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `runuser` has the server for a child. */
function killAll(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch {
    // not the leader of a group
  }
  child.kill('SIGKILL');
}

async function untilOpen(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(100);
  }
  throw new Error(`no server listens on port ${port} after a minute`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function postgresFolder(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isHere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
