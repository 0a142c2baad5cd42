import { runInNewContext } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { BROWSER_PACKAGES, browserViolations } from '../lib/browser-rules.mjs';
import { readWorkspace } from '../lib/workspace.mjs';
import { inWorkspace, manifest, type Files } from './workspace-fixture.ts';

const violationsOf = (files: Files): string[] =>
  inWorkspace(files, (root) => browserViolations(readWorkspace(root)));

describe('what a page can load', () => {
  test.each<[string, Files, string]>([
    [
      'a module of Node',
      {
        'packages/artifact/src/digest.ts':
          "import { createHash } from 'node:crypto';\nexport const digest = createHash;",
      },
      'packages/artifact/src/digest.ts:1: node:crypto needs Node; reached by artifact/src/index.ts → artifact/src/digest.ts',
    ],
    [
      'a library that needs Node, on demand',
      { 'packages/artifact/src/digest.ts': "export const digest = () => import('sharp');" },
      'packages/artifact/src/digest.ts:1: sharp needs Node; reached by',
    ],
    [
      'Buffer, also as a type',
      {
        'packages/artifact/src/digest.ts':
          'export function digest(bytes: Buffer): number {\n  return bytes.length;\n}',
      },
      'packages/artifact/src/digest.ts:1: Buffer is a global of Node; reached by artifact/src/index.ts',
    ],
    [
      'the entry of a package that is for Node',
      {
        'packages/artifact/package.json': manifest('artifact', { '@vqforge/base': '0.1.0' }),
        'packages/artifact/src/digest.ts': "export { digest } from '@vqforge/base/node';",
      },
      'packages/artifact/src/digest.ts:1: @vqforge/base/node is not an entry for pages; reached by',
    ],
    [
      'a package that no page loads',
      { 'packages/artifact/src/digest.ts': "export { rows as digest } from '@vqforge/table';" },
      'packages/artifact/src/digest.ts:1: @vqforge/table is not a package that a page can load; reached by',
    ],
  ])('%s is found', (_, files, start) => {
    const violations = violationsOf(files);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatch(start);
  });

  test('types, what a condition gives to Node, and the subpath for Node do not count', () => {
    const artifact = { ...(JSON.parse(manifest('artifact', {})) as object) };
    const conditional = { '#digest': { node: './dist/digest-node.js', default: './dist/digest-page.js' } };
    expect(
      violationsOf({
        'packages/artifact/package.json': JSON.stringify({ ...artifact, imports: conditional }),
        'packages/artifact/src/digest.ts':
          "import type { Hash } from 'node:crypto';\nexport type { Hash };\nexport { digest } from '#digest';",
        'packages/artifact/src/digest-node.ts': "export { createHash as digest } from 'node:crypto';",
        'packages/artifact/src/digest-page.ts':
          'export const digest = (a: { Buffer: 1; process(): void }) => a.process();',
        'packages/artifact/src/node.ts': "export { readFileSync } from 'node:fs';",
      }),
    ).toEqual([]);
  });
});

const bundleOf = async (contents: string): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('../../packages/runtime', import.meta.url)) },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundle',
    logLevel: 'silent',
    // ONNX Runtime finds its WebAssembly beside the page
    define: { 'import.meta.url': '"https://example.org/page.js"' },
  });
  return outputFiles[0]!.text;
};

/** What every page has, and nothing of Node. The bytes come from here: they must be arrays of the same kind. */
const PAGE = { Uint8Array, TextEncoder, TextDecoder, WebAssembly, atob, btoa, console, performance, URL };

test.each(BROWSER_PACKAGES)('@vqforge/%s is bundled for a page and loads without Node', async (name) => {
  const text = await bundleOf(`export * from '@vqforge/${name}';`);
  const context: Record<string, unknown> = { ...PAGE };
  runInNewContext(`${text}; names = Object.keys(bundle);`, context);
  expect((context['names'] as string[]).length).toBeGreaterThan(2);
});

test('a page verifies a model, and refuses it with one flipped byte', { timeout: 60_000 }, async () => {
  const text = await bundleOf(`
    import { sha256 } from '@vqforge/base';
    import { verifyModel } from '@vqforge/registry';
    export async function verify(files, id) {
      const read = async (name) => files[name] ?? null;
      const { onnx, sidecar } = await verifyModel({ folder: 'models', file: 'registry.json', read }, id);
      return sha256(onnx) === sidecar.sha256;
    }`);
  const { readFile } = await import('node:fs/promises');
  const read = (name: string): Promise<Buffer> =>
    readFile(new URL(`../../model/tiny/${name}`, import.meta.url));
  const names = ['registry.json', 'fr_regressor_v1.onnx', 'fr_regressor_v1.json'];
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await read(name)] as const)),
  );
  const verify = async (changed: Record<string, Uint8Array>): Promise<unknown> => {
    const context: Record<string, unknown> = { ...PAGE, files: changed };
    const found: unknown = runInNewContext(
      `${text}; bundle.verify(files, 'fr_regressor_v1').catch(({ code }) => code);`,
      context,
    );
    return found;
  };
  expect(await verify(files)).toBe(true);
  for (const name of names.slice(1)) {
    const flipped = Buffer.from(files[name]!);
    flipped[flipped.length >> 1]! ^= 1;
    expect(await verify({ ...files, [name]: flipped })).toBe('DIGEST_MISMATCH');
  }
});
