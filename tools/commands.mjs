// `npm run docs`: writes docs/commands.md from the built command. `--check` only compares, and exits 1 when it differs.
import { readFile, writeFile } from 'node:fs/promises';
import { buildProgram } from '../packages/cli/dist/index.js';
import { commandsPage } from './lib/commands-page.mjs';

const path = new URL('../docs/commands.md', import.meta.url);
const page = commandsPage(await buildProgram(new AbortController().signal, []));
if (process.argv.includes('--check')) {
  if ((await readFile(path, 'utf8')) !== page) {
    console.error('docs/commands.md is not what the commands say; run npm run docs');
    process.exitCode = 1;
  }
} else await writeFile(path, page);
