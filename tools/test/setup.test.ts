import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SETUP = fileURLToPath(new URL('../setup.mjs', import.meta.url));

/** Stands in for npm: notes that it ran, takes as long as a turn of the waiting loop, and leaves a node_modules. */
const NPM = `
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
rmSync('node_modules', { recursive: true, force: true });
appendFileSync('installs.log', process.argv.slice(2).join(' ') + '\\n');
setTimeout(() => mkdirSync('node_modules'), 300);
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vqforge-setup-'));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  writeFileSync(join(folder, 'npm-cli.mjs'), NPM);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function setup(): Promise<void> {
  const env = { ...process.env, npm_execpath: join(folder, 'npm-cli.mjs') };
  await promisify(execFile)(process.execPath, [SETUP, folder], { env });
}

function installs(): string[] {
  return readFileSync(join(folder, 'installs.log'), 'utf8').trim().split('\n');
}

describe('setup', () => {
  it('installs once when several start together, and not again', async () => {
    await Promise.all([setup(), setup(), setup()]);
    await setup();
    expect(installs()).toEqual(['ci --no-audit --no-fund --ignore-scripts']);
    expect(existsSync(join(folder, '.setup-busy'))).toBe(false);
  });

  it('installs again when the lock changes', async () => {
    await setup();
    writeFileSync(join(folder, 'package-lock.json'), '{ }');
    await setup();
    expect(installs()).toHaveLength(2);
  });

  it('goes on when the process that was installing has died', async () => {
    // larger than Linux's and macOS's highest process id
    writeFileSync(join(folder, '.setup-busy'), '4194305');
    await setup();
    expect(installs()).toHaveLength(1);
  });

  it('fails and leaves no busy file when npm fails', async () => {
    writeFileSync(join(folder, 'npm-cli.mjs'), 'process.exitCode = 3;');
    await expect(setup()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('ended with 3') });
    expect(existsSync(join(folder, '.setup-busy'))).toBe(false);
  });

  it('refuses a folder without a lock', async () => {
    rmSync(join(folder, 'package-lock.json'));
    await expect(setup()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing to install'),
    });
  });
});
