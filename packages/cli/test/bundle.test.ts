import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { MAIN } from './command.ts';

const folder = dirname(MAIN);
const files = (await readdir(folder)).filter((name) => name.endsWith('.js'));
const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));

test('no error class got another name: exit codes go by them', () => {
  const names = texts.flatMap((text) => [...text.matchAll(/^var (\w+Error\w*) = class /gm)]);
  const ours = names
    .map(([, name]) => name as string)
    .filter((name) => !/^(Commander|InvalidArgument|Csv)/.test(name));
  expect(ours).toEqual(expect.arrayContaining(['TableError', 'TrainError', 'OnnxError', 'PipelineError']));
  expect(ours.filter((name) => /\d$/.test(name))).toEqual([]);
});

test('every thread has its script beside the command', () => {
  const scripts = texts.flatMap((text) => [
    ...text.matchAll(/new URL\("\.\/([\w-]+\.js)", import\.meta\.url\)/g),
  ]);
  const names = new Set(scripts.map(([, name]) => name as string));
  expect(names.size).toBeGreaterThan(4);
  for (const name of names) expect(files).toContain(name);
});

test('no file beside the sources is looked for', () => {
  const urls = texts.flatMap((text) => [...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)]);
  const others = urls.map(([, path]) => path as string).filter((path) => !/^\.\/[\w-]+\.js$/.test(path));
  // the version of the command; the shipped registry is looked for by a list of paths
  expect(others.sort()).toEqual(['../package.json']);
});
