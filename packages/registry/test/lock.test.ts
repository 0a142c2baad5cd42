import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { acquireLock, currentOwner, isDead, type ProcessTable } from '../src/lock-files.ts';
import { nodeFiles } from '../src/durable-files.ts';
import { publish } from '../src/publish.ts';
import { RegistryError } from '../src/errors.ts';
import { verifyRegistry } from '../src/verify.ts';
import { codeOf, temporaryFolder, tinyPublication } from '../../../testing/registry-models.ts';

/** What is built: a plain node runs it. */
const LOCK_MODULE = fileURLToPath(new URL('../dist/lock-files.js', import.meta.url));
const own = currentOwner();
/** A process that has just ended: nothing else can have its pid and its start time. */
const ended = spawnSync(process.execPath, ['-e', '']).pid;

test.each([
  ['this process', own, false],
  ['a process that ended', { ...own, pid: ended }, true],
  ['a reused pid', { ...own, start: '1' }, true],
  ['an earlier boot', { ...own, boot: '00000000' }, true],
  ['another host, whatever its pid', { ...own, pid: ended, host: '00000000', boot: '00000000' }, false],
])('%s is judged', (_, owner, expected) => {
  expect(isDead(owner, own)).toBe(expected);
});

test('a claim without a start time is judged by its pid alone', () => {
  expect(isDead({ ...own, start: '0' }, own)).toBe(false);
  expect(isDead({ ...own, start: '0', pid: ended }, own)).toBe(true);
});

describe('by an injected process table', () => {
  const hidden = { state: () => undefined };
  const seen = (letter: string, start = own.start): ProcessTable => ({
    state: () => ({ letter, start }),
    probe: () => {
      throw new Error('a process that is seen needs no signal');
    },
  });
  test.each<[string, ProcessTable, boolean]>([
    ['no /proc entry and EPERM: another user under hidepid=2', { ...hidden, probe: () => 'denied' }, false],
    ['no /proc entry and a signal that arrives: no /proc', { ...hidden, probe: () => 'alive' }, false],
    ['no /proc entry and ESRCH', { ...hidden, probe: () => 'absent' }, true],
    ['running', seen('R'), false],
    ['asleep for ever', seen('D'), false],
    ['a zombie', seen('Z'), true],
    ['dead', seen('X'), true],
    ['another process with its pid', seen('R', '7'), true],
  ])('%s', (_, processes, expected) => {
    const owner = { ...own, pid: 4_194_303 };
    expect(isDead(owner, own, processes)).toBe(expected);
    // where its pid means nothing, none of this is asked
    expect(isDead({ ...owner, host: '00000000' }, own, processes)).toBe(false);
    expect(isDead({ ...owner, host: '00000000', boot: '00000000' }, own, processes)).toBe(false);
  });

  test('a live publisher of another user is waited for under hidepid=2', async () => {
    const folder = await temporaryFolder();
    const claim = claimOf('1', { ...own, pid: 4_194_303 });
    await writeFile(join(folder, claim), '');
    const processes: ProcessTable = { ...hidden, probe: () => 'denied' };
    expect(await codeOf(() => acquireLock(folder, nodeFiles, 20, processes))).toBe('LOCK_TIMEOUT');
    expect(await readdir(folder)).toStrictEqual([claim]);
  });
});

const isRoot = process.getuid?.() === 0;

/** Runs a script that answers whether the claim of `pid` is dead, as another user; `prelude` runs before it as root. */
function judgeAs(uid: number, pid: number, prelude: string): string {
  const owner = JSON.stringify({ ...own, pid, start: startOf(pid) });
  const script = `import { currentOwner, isDead } from ${JSON.stringify(LOCK_MODULE)};
    process.setgid(${uid}); process.setuid(${uid});
    console.log(isDead({ ...${owner}, host: currentOwner().host }, currentOwner()));`;
  const command = `${prelude} exec ${process.execPath} --input-type=module -e '${script.replaceAll("'", String.raw`'\''`)}'`;
  const { stdout, stderr, status } = spawnSync('unshare', ['--mount', 'sh', '-ec', command], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : `failed: ${stderr}`;
}

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string;
}

test('another user, with /proc open and with hidepid=2, finds this process alive', (context) => {
  if (!isRoot || process.platform !== 'linux') return context.skip('only root on Linux can be two users');
  const can = spawnSync('unshare', ['--mount', 'sh', '-c', 'mount -t proc -o hidepid=2 proc /proc']);
  if (can.status !== 0) return context.skip('this machine does not mount /proc with hidepid=2');
  expect(judgeAs(65_534, process.pid, '')).toBe('false');
  expect(judgeAs(65_534, process.pid, 'mount -t proc -o hidepid=2 proc /proc;')).toBe('false');
});

function claimOf(ticket: string, { pid, start, boot, host }: typeof own): string {
  return `.registry-lock.${ticket}.${pid}.${start}.${boot}.${host}.0123456789ab`;
}

test('claims of dead processes are passed, removed and reported', async () => {
  const registry = await temporaryFolder();
  const claims = ['choosing', '1', '7'].map((ticket) => claimOf(ticket, { ...own, pid: ended }));
  for (const claim of claims) await writeFile(join(registry, claim), '');
  const { recovered } = await publish({ registry, ...tinyPublication('a', 1) });
  expect(recovered.map(({ kind }) => kind)).toStrictEqual(['unlocked', 'unlocked', 'unlocked']);
  expect((await readdir(registry)).filter((name) => name.startsWith('.'))).toStrictEqual([]);
});

test.each(['choosing', '1'])('a living claim (%s) is waited for, but not for ever', async (ticket) => {
  const registry = await temporaryFolder();
  await publish({ registry, ...tinyPublication('a', 1) });
  const claim = claimOf(ticket, { ...own, host: '00000000' });
  await writeFile(join(registry, claim), '');
  const error = await publish({ registry, ...tinyPublication('a', 2), waitMs: 50 }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RegistryError);
  expect(error).toMatchObject({ code: 'LOCK_TIMEOUT', message: expect.stringContaining(claim) as string });
  expect(await readdir(registry)).toContain(claim);
  expect(await verifyRegistry({ registry })).toMatchObject({ verified: ['a'], findings: [] });
  // what needs no writing needs no lock
  expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 1), waitMs: 50 }))).toBe('no error');
});

test('one at a time, in the order of arrival', async () => {
  const folder = await temporaryFolder();
  const order: string[] = [];
  const queue = async (name: string): Promise<void> => {
    const lock = await acquireLock(folder, nodeFiles, 5000);
    order.push(name);
    await lock.release();
  };
  const first = await acquireLock(folder, nodeFiles, 5000);
  const waiting = [];
  for (const [index, name] of ['second', 'third', 'fourth'].entries()) {
    waiting.push(queue(name));
    while (!(await readdir(folder)).some((claim) => claim.startsWith(`.registry-lock.${index + 2}.`))) {
      await new Promise(setImmediate);
    }
  }
  expect(order).toStrictEqual([]);
  await first.release();
  await Promise.all(waiting);
  expect(order).toStrictEqual(['second', 'third', 'fourth']);
  expect(await readdir(folder)).toStrictEqual([]);
});

test('publishes of one process are serialised, too', async () => {
  const registry = await temporaryFolder();
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  await Promise.all(ids.map((id) => publish({ registry, ...tinyPublication(id, 1) })));
  expect((await verifyRegistry({ registry })).verified).toStrictEqual(ids);
});
