import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test('docs/commands.md is what the commands say: npm run docs writes it', () => {
  const page = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { buildProgram } from './packages/cli/dist/index.js';
       import { commandsPage } from './tools/lib/commands-page.mjs';
       process.stdout.write(commandsPage(await buildProgram(new AbortController().signal, [])));`,
    ],
    { cwd: at('.'), encoding: 'utf8' },
  );
  expect(readFileSync(at('docs/commands.md'), 'utf8')).toBe(page);
});
