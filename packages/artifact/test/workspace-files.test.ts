import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findWorkspace, openWorkspace, workspaceText } from '@vqforge/artifact/node';

const folder = await mkdtemp(join(tmpdir(), 'vqforge workspace-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const outer = join(folder, 'outer');
const inner = join(outer, 'a', 'inner');
await mkdir(join(inner, 'b', 'c'), { recursive: true });
await mkdir(join(outer, 'node_modules', 'p'), { recursive: true });
await writeFile(join(outer, 'vqforge.json'), workspaceText());
await writeFile(join(outer, 'node_modules', 'p', 'vqforge.json'), workspaceText());

test('the nearest vqforge.json upwards is the workspace; an installed package is none', async () => {
  expect((await findWorkspace(join(inner, 'b', 'c')))?.root).toBe(outer);
  await writeFile(join(inner, 'vqforge.json'), workspaceText());
  expect((await findWorkspace(join(inner, 'b', 'c')))?.root).toBe(inner);
  expect((await findWorkspace(join(outer, 'node_modules', 'p')))?.root).toBe(outer);
  expect(await findWorkspace(folder)).toBeUndefined();
});

test('a new workspace has datasets, runs and model/tiny', async () => {
  expect(await openWorkspace(outer)).toEqual({
    root: outer,
    datasets: join(outer, 'datasets'),
    runs: join(outer, 'runs'),
    model: join(outer, 'model', 'tiny'),
    defaults: new Map(),
  });
});

test('folders may be named, defaults stated', async () => {
  const root = join(folder, 'named');
  await mkdir(root);
  const document = {
    schema: 'vqforge/workspace-v1',
    folders: { model: 'models' },
    defaults: { 'train lpips': { seed: 7, 'train-sets': ['a', 'b'], 'no-export': true } },
  };
  await writeFile(join(root, 'vqforge.json'), JSON.stringify(document));
  const { model, runs, defaults } = await openWorkspace(root);
  expect([model, runs]).toEqual([join(root, 'models'), join(root, 'runs')]);
  expect([...(defaults.get('train lpips') ?? [])]).toEqual([
    ['seed', 7],
    ['train-sets', ['a', 'b']],
    ['no-export', true],
  ]);
});

test('what is no workspace, or says nonsense, is refused by name', async () => {
  const root = join(folder, 'bad');
  await mkdir(root);
  const refused = async (text?: string): Promise<unknown> => {
    if (text !== undefined) await writeFile(join(root, 'vqforge.json'), text);
    return openWorkspace(root).catch((error: { code: string }) => error.code);
  };
  expect(await refused()).toBe('UNREADABLE');
  expect(await openWorkspace(join(folder, 'absent')).catch(({ code }: { code: string }) => code)).toBe(
    'UNREADABLE',
  );
  expect(
    await openWorkspace(join(outer, 'node_modules', 'p')).catch(({ code }: { code: string }) => code),
  ).toBe('BAD_OUTPUT');
  const schema = '"schema": "vqforge/workspace-v1"';
  const bad = [
    '[]',
    '{"schema": "vqforge/workspace-v2"}',
    `{${schema}, "folders": []}`,
    `{${schema}, "folders": {"models": "m"}}`,
    ...['/etc', '../x', 'a/../../x', '', 'a//b', 'node_modules/x', 'a\\\\b'].map(
      (name) => `{${schema}, "folders": {"runs": "${name}"}}`,
    ),
    `{${schema}, "folders": {"runs": 3}}`,
    `{${schema}, "defaults": {"train": 1}}`,
    `{${schema}, "defaults": {"train": {"seed": null}}}`,
    `{${schema}, "defaults": {"train": {"seed": [1]}}}`,
  ];
  for (const text of bad)
    expect({ text, code: await refused(text) }).toEqual({ text, code: 'INVALID_DOCUMENT' });
  expect(await refused('{')).not.toBeTypeOf('object');
  expect(await refused(`{${schema}}${' '.repeat(70_000)}`)).toMatch(/UNREADABLE|TOO_LARGE/);
});
