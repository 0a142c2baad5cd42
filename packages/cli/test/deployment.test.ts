import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { MAIN } from './command.ts';
import { temporaryFolder } from './folders.ts';
import { codeBlocks, startServer } from './served.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}/docs/deployment.md`, 'utf8');
const [UNIT = ''] = codeBlocks(PAGE, 'ini');
const [CONTAINER = ''] = codeBlocks(PAGE, 'dockerfile');

/** Flags of `serve` in the unit and in the container file. */
function commandLines(): string[][] {
  const start = /^ExecStart=\S+ serve (.*)$/m.exec(UNIT)?.[1]?.split(' ') ?? [];
  const [entry = [], flags = []] = ['ENTRYPOINT', 'CMD'].map(
    (word) =>
      JSON.parse(new RegExp(String.raw`^${word} (\[.*\])$`, 'm').exec(CONTAINER)?.[1] ?? '[]') as string[],
  );
  expect(entry.at(-1)).toBe('serve');
  return [start, flags];
}

test('the command lines of docs/deployment.md start a server that wants the token', async () => {
  const token = join(await temporaryFolder(), 'token');
  await writeFile(token, '0123456789abcdef'.repeat(4));
  const places: Record<string, string> = {
    '/srv/vqforge/model/tiny': `${ROOT}/model/tiny`,
    '/models': `${ROOT}/model/tiny`,
    '%d/token': token,
    '/run/secrets/token': token,
    // tests listen on this machine only
    '0.0.0.0': '127.0.0.1',
  };
  for (const flags of commandLines()) {
    expect(flags).toContain('--token-file');
    const { url, end } = await startServer(flags.map((flag) => places[flag] ?? flag));
    const statuses = [];
    for (const path of ['/v2/health/ready', '/v2/health/live', '/v2/models'])
      statuses.push((await fetch(url + path)).status);
    expect(statuses).toEqual([200, 200, 401]);
    expect((await end()).code).toBe(143);
  }
});

test('systemd finds nothing wrong in the unit, and little exposed', async (context) => {
  const version = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
  context.skip(version.status !== 0, 'there is no systemd-analyze here');
  const file = join(await temporaryFolder(), 'vqforge.service');
  await writeFile(file, UNIT.replace('/usr/local/bin/vqforge', `${process.execPath} ${MAIN}`));
  const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  expect(verified).toMatchObject({ status: 0, stderr: '' });
  const security = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], {
    encoding: 'utf8',
  });
  expect(security.status).toBe(0);
});
