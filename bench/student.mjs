// The student against its teacher: on sources and groups of sources that were left out, for seeds 0 to 4, and the published
// model on fresh probes and on every engine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable } from './lib/print-table.mjs';
import { compareEngines } from './student/engines.mjs';
import { writeGroups } from './student/groups.mjs';
import { scoreProbes } from './student/probes.mjs';
import { trainHeldOut } from './student/train.mjs';

const SEEDS = [0, 1, 2, 3, 4];
const OPEN9 = 'datasets/open9/open9_features.parquet';

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    const threes = await writeGroups(OPEN9, join(folder, 'threes.parquet'), 3);
    const halves = await writeGroups(OPEN9, join(folder, 'halves.parquet'), 2);
    const rows = [];
    for (const seed of SEEDS) {
      const one = await trainHeldOut(OPEN9, seed, folder);
      const three = await trainHeldOut(threes, seed, folder);
      const half = await trainHeldOut(halves, seed, folder);
      rows.push([
        `seed ${seed}`,
        one.plcc.toFixed(8),
        points(one.rmse),
        points(one.worst),
        points(three.worst),
        points(half.worst),
      ]);
      console.log(`${seed + 1} of ${SEEDS.length} seeds trained`);
    }
    printTable(
      ['left out', 'mean PLCC', 'one: mean RMSE', 'one: worst', 'three: worst', 'half: worst'],
      rows,
    );
    const probes = await scoreProbes(join(folder, 'probes.parquet'));
    if (probes !== undefined) {
      printTable(
        ['fresh probes', 'rows', 'RMSE', '99.9 % within', 'largest'],
        probes.parts.map(({ name, count, rmse, most, largest }) => [
          name,
          String(count),
          points(rmse),
          points(most),
          points(largest),
        ]),
      );
      printTable(
        ['engine', 'rows', 'largest difference', 'least', 'most'],
        await compareEngines(probes.features),
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function points(value) {
  return value.toFixed(4);
}
