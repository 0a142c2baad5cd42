import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadFeatureTable, tableColumns } from '@vqforge/table';
import { writeLpips, y4mClip } from './clips.ts';
import { errorLine, runCommand } from './command.ts';
import { temporaryFolder } from './folders.ts';

test('corpus run --feature lpips adds what vqforge score says on WebAssembly', async () => {
  const folder = await temporaryFolder();
  const model = await writeLpips(folder);
  await writeFile(join(folder, 'a.y4m'), y4mClip(0));
  await writeFile(join(folder, 'b.y4m'), y4mClip(20));
  const manifest = join(folder, 'corpus.csv');
  await writeFile(manifest, 'reference,distorted\na.y4m,b.y4m\n');
  const flags = ['--feature', `lpips:model_path=${model}`, '--allow-unregistered'];
  const out = join(folder, 'out');
  const run = await runCommand(['corpus', 'run', manifest, '--out', out, ...flags, '--feature', 'psnr']);
  expect(run.code).toBe(0);
  const table = join(out, 'features.parquet');
  const names = (await tableColumns([table])).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['adm2', 'psnr_y', 'lpips']));
  const { columns } = await loadFeatureTable({ paths: [table], features: ['lpips'], teacherColumn: 'adm2' });
  const clips = ['-r', join(folder, 'a.y4m'), '-d', join(folder, 'b.y4m')];
  const scored = await runCommand(['score', ...clips, ...flags, '--engine', 'wasm', '--quiet']);
  const { frames } = JSON.parse(scored.stdout) as { frames: { metrics: { lpips: number } }[] };
  // a document of scores has ten decimals
  const rounded = Array.from(columns.get('lpips') ?? [], (value) => Number(value.toFixed(10)));
  expect(rounded).toEqual(frames.map(({ metrics }) => metrics.lpips));

  // a model that no registry pins needs leave
  const refused = await runCommand(['corpus', 'run', manifest, '--out', out, ...flags.slice(0, 2)]);
  expect(refused.code).not.toBe(0);
  expect(errorLine(refused)).toContain('made-up.onnx');
});
