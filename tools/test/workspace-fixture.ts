import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Files = Record<string, string>;

/** A sound workspace of two packages; a case lays its own files over it. */
const SOUND: Files = {
  'package.json': JSON.stringify({ devDependencies: { vitest: '4.1.12' } }),
  'tsconfig.json': references('packages/artifact', 'packages/table'),
  'packages/artifact/package.json': manifest('artifact', { valibot: '1.5.0' }),
  'packages/artifact/tsconfig.json': references(),
  'packages/artifact/src/index.ts': "export { digest } from './digest.ts';\n",
  'packages/artifact/src/digest.ts':
    "import { string } from 'valibot';\nexport function digest(): string {\n  return string().type;\n}\n",
  'packages/table/package.json': manifest('table', { '@vqforge/artifact': '0.1.0', 'parquet-wasm': '0.8.0' }),
  'packages/table/tsconfig.json': references('../artifact'),
  'packages/table/src/index.ts': "export { rows } from './parquet-file.ts';\n",
  'packages/table/src/parquet-file.ts':
    "import { readFileSync } from 'node:fs';\nimport 'parquet-wasm';\nimport { digest } from '@vqforge/artifact';\n" +
    'export function rows(path: string): string {\n  return digest() + readFileSync(path).length + Date.now();\n}\n',
  'packages/table/test/rows.test.ts': "import { rows } from '../src/parquet-file.ts';\nrows('a');\n",
};

export function manifest(name: string, dependencies: Record<string, string>): string {
  return JSON.stringify({ name: `@vqforge/${name}`, version: '0.1.0', dependencies });
}

export function references(...paths: string[]): string {
  return JSON.stringify({ references: paths.map((path) => ({ path })) });
}

/** Writes the sound workspace with `files` laid over it into a temporary folder, and hands its path to `use`. */
export function inWorkspace<T>(files: Files, use: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'vqforge-tools-'));
  try {
    for (const [path, text] of Object.entries({ ...SOUND, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs tools/<tool>.mjs over the workspace at `root`, as the command line does. */
export function runTool(tool: string, root: string): { status: number | null; lines: string[] } {
  const script = fileURLToPath(new URL(`../${tool}.mjs`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  return { status, lines: (stdout + stderr).trim().split('\n') };
}
