import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAIN, type RunningCommand, runCommand, startCommand } from './command.ts';
import { temporaryFolder } from './folders.ts';

const BODY = JSON.stringify({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 6], data: [0.95, 0.6, 0.9, 0.94, 0.96, 5] }],
});

function start(...flags: string[]): RunningCommand {
  return startCommand(['serve', '--model', 'fr_regressor_v1', '--port', '0', '--json', ...flags]);
}

/** What the command prints when it is ready. */
async function ready({ child, outcome }: RunningCommand): Promise<{ url: string; models: string[] }> {
  const line = new Promise<string>((resolve) => child.stdout?.once('data', resolve));
  const failed = outcome.then(({ stderr }) => Promise.reject(new Error(stderr)));
  return JSON.parse(await Promise.race([line, failed])) as { url: string; models: string[] };
}

function ask(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v2/models/fr_regressor_v1/infer`, {
    method: 'POST',
    body: BODY,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** A request whose body is held back: `accepted` once the server has answered its head with 100 Continue. */
function begin(url: string): { accepted: Promise<unknown>; finish: () => Promise<number | undefined> } {
  const headers = {
    expect: '100-continue',
    'content-type': 'application/json',
    'content-length': BODY.length,
  };
  const sent = request(`${url}/v2/models/fr_regressor_v1/infer`, { method: 'POST', headers });
  const status = once(sent, 'response').then(([response]) => {
    (response as IncomingMessage).resume();
    return (response as IncomingMessage).statusCode;
  });
  return {
    accepted: once(sent, 'continue'),
    finish: () => {
      sent.end(BODY);
      return status;
    },
  };
}

test.concurrent.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const)('serves until %s, answers what is under way, and ends with %d', async (signal, code) => {
  const command = start();
  const { url, models } = await ready(command);
  expect(models).toStrictEqual(['fr_regressor_v1']);
  const answer = (await (await ask(url)).json()) as { outputs: { data: number[] }[] };
  expect(answer.outputs[0]?.data[0]).toBeGreaterThan(0);
  const begun = Array.from({ length: 20 }, () => begin(url));
  await Promise.all(begun.map(({ accepted }) => accepted));
  command.child.kill(signal);
  const statuses = await Promise.all(begun.map(({ finish }) => finish()));
  expect(new Set(statuses)).toStrictEqual(new Set([200]));
  const { code: got, stdout, stderr } = await command.outcome;
  expect([got, stdout.split('\n').length, stderr.includes('interrupted')]).toStrictEqual([code, 2, false]);
  expect(
    stderr
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg),
  ).toStrictEqual([`Server listening at ${url}`, 'draining', 'drained']);
});

test.concurrent('a token in a file is demanded, limits are as the flags say, quiet is quiet', async () => {
  const token = join(await temporaryFolder(), 'token');
  await writeFile(token, 'correct-horse-battery\n');
  const command = start('--token-file', token, '--max-batch', '1', '--max-body', '1', '--quiet');
  const { url } = await ready(command);
  const headers = { authorization: 'Bearer correct-horse-battery', 'content-type': 'application/json' };
  expect((await ask(url)).status).toBe(401);
  expect((await ask(url, headers)).status).toBe(200);
  const send = (body: string) =>
    fetch(`${url}/v2/models/fr_regressor_v1/infer`, { method: 'POST', body, headers });
  expect((await send(BODY.replace('[1,6]', '[2,6]'))).status).toBe(413);
  expect((await send('x'.repeat(2 ** 20 + 1))).status).toBe(413);
  command.child.kill('SIGTERM');
  expect((await command.outcome).stderr).toBe('');
});

test.concurrent.each([
  ['an unknown model', ['--model', 'other_v1'], 2],
  ['an address of another machine', ['--host', '203.0.113.1'], 2],
  ['a token file that is not there', ['--token-file', '/nowhere/token'], 2],
  ['a port beyond ports', ['--port', '65536'], 2],
] as const)('%s is one line and an exit code', async (_what, flags, code) => {
  const { code: got, stdout, stderr } = await runCommand(['serve', '--port', '0', '--quiet', ...flags]);
  expect([got, stdout]).toStrictEqual([code, '']);
  expect(stderr).toMatch(/^vqforge: [^\n]+\n$/);
});

test.concurrent('a short token is refused, naming the file', async () => {
  const token = join(await temporaryFolder(), 'token');
  await writeFile(token, 'short\n');
  const { code, stderr } = await runCommand(['serve', '--token-file', token]);
  expect([code, stderr.includes(token)]).toStrictEqual([2, true]);
});

test.concurrent('names in Host are those of this machine and those that were allowed', async () => {
  const command = start('--allowed-hosts', 'models.example,10.0.0.1', '--quiet');
  const { url } = await ready(command);
  const statusOf = async (host: string): Promise<number | undefined> => {
    const sent = request(`${url}/v2/health/live`, { headers: { host } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  expect(await statusOf('models.example:80')).toBe(200);
  expect(await statusOf('10.0.0.1')).toBe(200);
  expect(await statusOf('rebound.example')).toBe(421);
  command.child.kill('SIGTERM');
  await command.outcome;
});

test.skipIf(process.platform !== 'linux').concurrent.each([
  [70, [], 'expected at least 80 for a server of 16 connections; raise it with ulimit -n\n'],
  [200, ['--max-connections', '500'], 'raise it with ulimit -n, or lower --max-connections\n'],
] as const)(
  'with %d open files, it says before it starts that these are too few',
  async (files, flags, end) => {
    const child = spawn('/bin/sh', [
      '-c',
      `ulimit -n ${files}; exec "$0" "$@"`,
      process.execPath,
      MAIN,
      'serve',
      ...flags,
    ]);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(2);
    expect(stderr).toMatch(/^vqforge: this process may open \d+ files, [^\n]+\n$/);
    expect(stderr.endsWith(end)).toBe(true);
  },
);
