import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { currentOwner, isDead } from '../src/claim-node.ts';
import { nodeFiles } from '../src/durable-files.ts';
import { publish } from '../src/publish.ts';
import { RegistryError } from '../src/errors.ts';
import { verifyRegistry } from '../src/verify.ts';
import { acquireLock } from '../src/lock-files.ts';
import { codeOf, temporaryFolder, tinyPublication } from '../../../testing/registry-models.ts';

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

test('without /proc only the pid is judged', () => {
  const observer = { ...own, start: '0' };
  expect(isDead({ ...own, start: '0' }, observer)).toBe(false);
  expect(isDead({ ...own, start: '0', pid: ended }, observer)).toBe(true);
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
