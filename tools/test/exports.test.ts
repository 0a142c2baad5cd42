import { describe, expect, it } from 'vitest';
import { exportViolations } from '../lib/export-rules.mjs';
import { readWorkspace } from '../lib/workspace.mjs';
import { inWorkspace, runTool, type Files } from './workspace-fixture.ts';

const DIGEST =
  "import { string } from 'valibot';\nexport function digest(): string {\n  return string().type;\n}\n";

const BROKEN: [string, Files, string][] = [
  [
    'an export that only its own file uses',
    {
      'packages/artifact/src/digest.ts': `${DIGEST}export const cap = 3;\nfor (let i = 0; i < cap; i++) digest();`,
    },
    'packages/artifact/src/digest.ts:5: cap is exported and no other source file or index.ts uses it',
  ],
  [
    'an internal that only a test uses',
    {
      'packages/artifact/src/digest.ts': `${DIGEST}export const [cap] = [3];`,
      'packages/artifact/test/digest.test.ts': "import { cap } from '../src/digest.ts';\nvoid cap;",
    },
    'packages/artifact/src/digest.ts:5: cap is exported and no other source file or index.ts uses it',
  ],
  [
    'an unused type',
    { 'packages/artifact/src/digest.ts': `${DIGEST}export interface Digest { hex: string }` },
    'packages/artifact/src/digest.ts:5: Digest is exported and no other source file or index.ts uses it',
  ],
  [
    'a public function without a user',
    {
      'packages/artifact/src/index.ts':
        "export { digest } from './digest.ts';\nexport { extra } from './extra.ts';",
      'packages/artifact/src/extra.ts': 'export function extra(): void {}',
    },
    'packages/artifact/src/index.ts:2: extra is public, but no package, test, script or document uses it',
  ],
  [
    'a public type that describes nothing',
    {
      'packages/artifact/src/index.ts':
        "export { digest } from './digest.ts';\nexport type { Extra } from './extra.ts';",
      'packages/artifact/src/extra.ts': 'export type Extra = string;',
    },
    'packages/artifact/src/index.ts:2: Extra is public, but no package, test, script or document uses it',
  ],
  [
    'code in an index',
    {
      'packages/artifact/src/index.ts':
        "export { digest } from './digest.ts';\nconst two = 2;\nexport { two };",
    },
    'packages/artifact/src/index.ts:3: an entry lists named exports from other files, nothing else',
  ],
  [
    'an index that exports everything',
    { 'packages/artifact/src/index.ts': "export * from './digest.ts';" },
    'packages/artifact/src/index.ts:1: an entry lists named exports from other files, nothing else',
  ],
];

const PUBLIC_EXTRA: Files = {
  'packages/artifact/src/index.ts':
    "export { digest } from './digest.ts';\nexport { extra } from './extra.ts';",
  'packages/artifact/src/extra.ts': 'export function extra(): void {}',
};

const SOUND: [string, Files][] = [
  ['the sound workspace', {}],
  ['a public name in a README', { ...PUBLIC_EXTRA, 'packages/artifact/README.md': 'Call `extra()`.' }],
  [
    'a public name in a bench',
    { ...PUBLIC_EXTRA, 'bench/extra.mjs': "import { extra } from '@vqforge/artifact';\nextra();" },
  ],
  [
    'a public name that a test imports from its own file',
    {
      ...PUBLIC_EXTRA,
      'packages/artifact/test/extra.test.ts': "import { extra } from '../src/extra.ts';\nextra();",
    },
  ],
  [
    'a public type that another declaration is written with',
    {
      'packages/artifact/src/index.ts':
        "export { digest } from './digest.ts';\nexport type { Digest } from './digest.ts';",
      'packages/artifact/src/digest.ts':
        "export type Digest = string;\nexport function digest(): Digest {\n  return 'd';\n}",
    },
  ],
  [
    'exports of a file loaded lazily, and of one started as a worker',
    {
      'packages/table/src/parquet-file.ts':
        "import { digest } from '@vqforge/artifact';\n" +
        "export const rows = () => [digest(), import('./lazy.ts'), new URL('./row-worker.js', import.meta.url)];",
      'packages/table/src/lazy.ts': 'export const run = 1;',
      'packages/table/src/row-worker.ts': 'export const answer = 1;',
    },
  ],
];

function violations(files: Files): string[] {
  return inWorkspace(files, (root) => exportViolations(readWorkspace(root)));
}

describe('exports', () => {
  it.each(BROKEN)('refuses %s', (_name, files, expected) => {
    expect(violations(files)).toContain(expected);
  });

  it.each(SOUND)('accepts %s', (_name, files) => {
    expect(violations(files)).toEqual([]);
  });

  it('ends with exit code 1 when there is a violation', () => {
    const files = { 'packages/artifact/src/index.ts': 'export {};' };
    expect(inWorkspace(files, (root) => runTool('exports', root))).toEqual({
      status: 1,
      lines: [
        'packages/artifact/src/digest.ts:2: digest is exported and no other source file or index.ts uses it',
        'exports: 1 violations',
      ],
    });
  });
});
