import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { errorLine, runCommands } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';

const MODELS = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const GRAPH = ['id', 'kind', 'onnx', 'opset', 'sha256', 'input_names', 'output_names', 'run_provenance'];

test('registry import --template writes the facts that an import wants; filled in, they are taken, as they are not', async () => {
  const folder = await temporaryFolder();
  const options = { cwd: folder, env: { npm_package_json: '', INIT_CWD: '' } };
  await mkdir(join(folder, 'theirs'));
  await cp(join(MODELS, 'fr_regressor_v1.onnx'), join(folder, 'theirs', 'old.onnx'));
  const ours = JSON.parse(await readFile(join(MODELS, 'fr_regressor_v1.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const onnx = await readFile(join(folder, 'theirs', 'old.onnx'));
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  // what the reference system writes
  const { feature_order, feature_mean, feature_std } = ours;
  await writeFile(
    join(folder, 'theirs', 'old.json'),
    JSON.stringify({ id: 'old', opset: 17, onnx: 'old.onnx', feature_order, feature_mean, feature_std }),
  );
  const models = [{ id: 'old', kind: 'fr', onnx: 'old.onnx', sha256, license: 'MIT' }];
  await writeFile(join(folder, 'theirs', 'registry.json'), JSON.stringify({ schema_version: 1, models }));
  const take = ['registry', 'import', 'old', '--from', 'theirs'];
  const [, refused, template] = await runCommands(
    [['init', '.'], take, [...take, '--template', 'facts.json']],
    options,
  );
  expect(errorLine(refused!)).toMatch(/lacks facts.*--template FILE/);
  expect(template).toMatchObject({ code: 0, stderr: '' });
  const facts = JSON.parse(await readFile(join(folder, 'facts.json'), 'utf8')) as Record<string, unknown>;
  // what the registry states is not asked for; the task is known
  expect(facts['license']).toBeUndefined();
  expect(facts['task']).toBe('feature_regression');
  const wanted = Object.keys(ours).filter((key) => !GRAPH.includes(key) && key !== 'license');
  expect(Object.keys(facts)).toEqual(
    expect.arrayContaining(wanted.filter((key) => facts[key] !== undefined)),
  );
  const before = await listing(join(folder, 'model'));
  const filled = Object.fromEntries(Object.keys(facts).map((key) => [key, ours[key]]));
  await writeFile(join(folder, 'filled.json'), JSON.stringify(filled));
  await writeFile(join(folder, 'half.json'), JSON.stringify({ ...filled, notes: facts['notes'] }));
  const [unfilled, half] = await runCommands(
    ['facts.json', 'half.json'].map((name) => [...take, '--sidecar', name]),
    options,
  );
  expect(errorLine(unfilled!)).toMatch(
    /still asks for notes, output_range\.min.* more; write the facts there/,
  );
  expect(errorLine(half!)).toMatch(/still asks for notes; write/);
  expect(await listing(join(folder, 'model'))).toStrictEqual(before);
  const [taken, verified, again] = await runCommands(
    [
      [...take, '--sidecar', 'filled.json'],
      ['registry', 'verify'],
      [...take, '--template', 'theirs/registry.json'],
    ],
    options,
  );
  expect(taken).toMatchObject({ code: 0, stderr: '' });
  expect(verified).toMatchObject({ code: 0, stdout: 'ok       old\n' });
  expect(errorLine(again!)).toMatch(/is a registry/);
});
