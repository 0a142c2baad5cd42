import { describe, expect, it } from 'vitest';
import { importViolations } from '../lib/import-rules.mjs';
import { keyViolations } from '../lib/key-rules.mjs';
import { purityViolations } from '../lib/purity-rules.mjs';
import { readWorkspace } from '../lib/workspace.mjs';
import { inWorkspace, manifest, references, runTool, type Files } from './workspace-fixture.ts';

/** What breaks, the files that break it, and the start of the one line that must be printed. */
const BROKEN: [string, Files, string][] = [
  [
    'text from outside as the key of a plain object',
    {
      'packages/table/src/index.ts':
        'export function rows(names: string[]): object {\n  const found: Record<string, number> = {};\n  for (const name of names) found[name] = 1;\n  return found;\n}\n',
    },
    'packages/table/src/index.ts:3: found[…] = …',
  ],
  [
    'text from outside looked up along the prototype',
    {
      'packages/table/src/index.ts':
        'export function rows(name: string, known: object): boolean {\n  return name in known;\n}\n',
    },
    'packages/table/src/index.ts:2: … in known',
  ],
  [
    'two packages that depend on each other',
    {
      'packages/artifact/package.json': manifest('artifact', { valibot: '1.5.0', '@vqforge/table': '0.1.0' }),
      'packages/artifact/tsconfig.json': references('../table'),
      'packages/artifact/src/digest.ts':
        "export { rows as digest } from '@vqforge/table';\nimport 'valibot';",
    },
    'packages: artifact → table → artifact is a circle',
  ],
  [
    'a dependency that nothing imports',
    { 'packages/artifact/package.json': manifest('artifact', { valibot: '1.5.0', 'd3-scale': '4.0.3' }) },
    'packages/artifact/package.json: d3-scale is declared and not imported',
  ],
  [
    'a dependency without a project reference',
    { 'packages/table/tsconfig.json': references() },
    'packages/table/tsconfig.json: ../artifact is missing from the references',
  ],
  [
    'a project reference without a dependency',
    { 'packages/artifact/tsconfig.json': references('../table') },
    'packages/artifact/tsconfig.json: references ../table, which package.json does not declare',
  ],
  [
    'a version range',
    { 'packages/artifact/package.json': manifest('artifact', { valibot: '^1.5.0' }) },
    'packages/artifact/package.json: valibot is ^1.5.0, expected an exact version',
  ],
  [
    'a package the root tsconfig does not build',
    { 'tsconfig.json': references('packages/artifact') },
    'tsconfig.json: packages/table is missing from the references',
  ],
  [
    'a type import of an undeclared sibling',
    { 'packages/artifact/src/digest.ts': "export type { rows as digest } from '@vqforge/table';" },
    'packages/artifact/src/digest.ts:1: @vqforge/table is not declared in packages/artifact/package.json',
  ],
  [
    'an undeclared third-party import',
    { 'packages/table/src/extra.ts': "\nconst arrow = await import('apache-arrow/ipc');\nexport { arrow };" },
    'packages/table/src/extra.ts:2: apache-arrow is not declared',
  ],
  [
    'an undeclared package in a type position',
    { 'packages/table/src/extra.ts': "export type Table = import('apache-arrow').Table;" },
    'packages/table/src/extra.ts:1: apache-arrow is not declared',
  ],
  [
    'an undeclared package by resolve()',
    { 'packages/table/src/extra.ts': "export const url: string = import.meta.resolve('apache-arrow');" },
    'packages/table/src/extra.ts:1: apache-arrow is not declared',
  ],
  [
    'a computed import',
    { 'packages/table/src/extra.ts': "export const load = (name: string): unknown => import('./' + name);" },
    'packages/table/src/extra.ts:1: imports a computed name',
  ],
  [
    'a relative import that leaves the package',
    {
      'packages/table/test/rows.test.ts': "import { digest } from '../../artifact/src/digest.ts';\ndigest();",
    },
    'packages/table/test/rows.test.ts:1: ../../artifact/src/digest.ts leaves the package',
  ],
  [
    'a built-in without its prefix',
    {
      'packages/table/src/parquet-file.ts':
        "import { readFileSync } from 'fs';\nexport const rows = readFileSync;",
    },
    'packages/table/src/parquet-file.ts:1: write node:fs',
  ],
  [
    'file access outside an edge file',
    { 'packages/table/src/rows.ts': "export { readFile } from 'node:fs/promises';" },
    'packages/table/src/rows.ts:1: node:fs/promises may be imported only by edge files',
  ],
  [
    'wasm outside an edge file',
    { 'packages/table/src/rows.ts': "import * as parquet from 'parquet-wasm/esm';\nparquet.readSchema();" },
    'packages/table/src/rows.ts:1: parquet-wasm/esm may be imported only by edge files',
  ],
  [
    'an edge word that does not say of what',
    { 'packages/table/src/file.ts': "import 'node:fs';" },
    'packages/table/src/file.ts:1: node:fs may be imported only by edge files',
  ],
  [
    'Math.random',
    { 'packages/table/src/rows.ts': 'Math.random();' },
    'packages/table/src/rows.ts:1: Math.random',
  ],
  ['Date.now', { 'packages/table/src/rows.ts': 'Date.now();' }, 'packages/table/src/rows.ts:1: Date.now'],
  ['new Date()', { 'packages/table/src/rows.ts': 'new Date();' }, 'packages/table/src/rows.ts:1: new Date()'],
  [
    'performance.now',
    { 'packages/artifact/src/digest.ts': 'export const digest = (): number => performance.now();' },
    'packages/artifact/src/digest.ts:1: performance.now',
  ],
  [
    'process',
    { 'packages/table/src/rows.ts': 'process.exit();' },
    'packages/table/src/rows.ts:1: process.exit',
  ],
  ['fetch', { 'packages/table/src/rows.ts': 'await fetch("");' }, 'packages/table/src/rows.ts:1: fetch'],
  [
    'random bytes',
    { 'packages/table/src/rows.ts': 'crypto.randomUUID();' },
    'packages/table/src/rows.ts:1: randomUUID',
  ],
  [
    'a sort by locale',
    { 'packages/table/src/rows.ts': "'a'.localeCompare('b');" },
    'packages/table/src/rows.ts:1: localeCompare',
  ],
  ['Math.exp', { 'packages/table/src/rows.ts': 'Math.exp(1);' }, 'packages/table/src/rows.ts:1: Math.exp'],
  [
    'Math by computed key',
    { 'packages/table/src/rows.ts': 'Math["exp"](1);' },
    'packages/table/src/rows.ts:1: Math[...]',
  ],
  [
    'Math taken apart',
    { 'packages/table/src/rows.ts': 'const { exp } = Math;\nexp(1);' },
    'packages/table/src/rows.ts:1: Math renamed',
  ],
  [
    'a power',
    { 'packages/table/src/rows.ts': 'let beta = 0.9;\nbeta **= 2;' },
    'packages/table/src/rows.ts:2: **',
  ],
];

/** What must stay allowed. */
const SOUND: [string, Files][] = [
  ['the sound workspace', {}],
  [
    'portable arithmetic, exact powers of two and marked lines',
    {
      'packages/table/src/rows.ts':
        'Math.sqrt(Math.max(2 ** 31, 2 ** -24, 2 ** BITS)); /** a ** b in a comment */\nMath.exp(1); // bits do not ship: progress only\n2 ** Math.abs(-25); // exact: a power of two\n',
    },
  ],
  [
    'types of an edge module in a pure file',
    {
      'packages/table/src/rows.ts':
        "import type { Stats } from 'node:fs';\nexport type Size = Stats['size'];",
    },
  ],
  ['Math.exp where no bits ship', { 'packages/artifact/src/scale.ts': 'Math.exp(1);' }],
  [
    'a worker started from a sibling file',
    {
      'packages/table/src/parquet-worker.ts':
        "import { parentPort } from 'node:worker_threads';\nparentPort?.close();",
      'packages/table/src/reader-worker-pool.ts':
        "import { Worker } from 'node:worker_threads';\nnew Worker(new URL('./parquet-worker.js', import.meta.url));",
    },
  ],
  [
    'a test that loads by a computed name, and one that starts a sibling written without ./',
    {
      'packages/table/test/load.test.ts': "const name: string = '../dist/index.js';\nawait import(name);",
      'packages/table/test/start.test.ts': "new URL('starter.mjs', import.meta.url);",
    },
  ],
  [
    'a self-reference in a test',
    { 'packages/table/test/self.test.ts': "import { rows } from '@vqforge/table';\nrows('');" },
  ],
];

function violations(files: Files): string[] {
  return inWorkspace(files, (root) => {
    const workspace = readWorkspace(root);
    return [...importViolations(workspace), ...purityViolations(workspace), ...keyViolations(workspace)];
  });
}

describe('boundaries', () => {
  it.each(BROKEN)('refuses %s', (_name, files, expected) => {
    expect(violations(files).filter((line) => line.startsWith(expected))).toHaveLength(1);
  });

  it.each(SOUND)('accepts %s', (_name, files) => {
    expect(violations(files)).toEqual([]);
  });

  it('ends with exit code 1 and one line per violation, or 0', () => {
    const files = { 'packages/table/src/rows.ts': 'Math.random();\nfetch("");' };
    expect(inWorkspace(files, (root) => runTool('boundaries', root))).toEqual({
      status: 1,
      lines: [
        'packages/table/src/rows.ts:1: Math.random is not reproducible; take a generator as an argument',
        'packages/table/src/rows.ts:2: fetch() belongs in an edge file or cli',
        'boundaries: 2 violations',
      ],
    });
    expect(inWorkspace({}, (root) => runTool('boundaries', root))).toEqual({
      status: 0,
      lines: ['boundaries: 0 violations'],
    });
  });
});
