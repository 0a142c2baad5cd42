// The student against its teacher: on sources and groups of sources that were left out, for seeds 0 to 4; and the published
// model on fresh probes, on frames made by formula and on every engine.
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTeacherFile } from '@vqforge/weights';
import { printTable } from './lib/print-table.mjs';
import { compareEngines } from './student/engines.mjs';
import { writeGroups } from './student/groups.mjs';
import { scoreProbes } from './student/probes.mjs';
import { trainHeldOut } from './student/train.mjs';
import { scoreUnusualFrames } from './student/unusual.mjs';

const SEEDS = [0, 1, 2, 3, 4];
const OPEN9 = 'datasets/open9/open9_features.parquet';
const TEACHER = process.env.VQFORGE_BENCH_TEACHER ?? 'vmaf_v0.6.1';
const CACHE = process.env.VQFORGE_WEIGHTS_CACHE ?? join(homedir(), '.cache', 'vqforge', 'weights');

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    await compareWithTeacher(folder);
    await trainSeeds(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function trainSeeds(folder) {
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
  printTable(['left out', 'mean PLCC', 'one: mean RMSE', 'one: worst', 'three: worst', 'half: worst'], rows);
}

async function compareWithTeacher(folder) {
  let teacher;
  try {
    teacher = await readTeacherFile(TEACHER, CACHE);
  } catch (error) {
    console.log(`probes and unusual frames skipped: ${error.message}`);
    return;
  }
  const probes = await scoreProbes(TEACHER, join(folder, 'probes.parquet'));
  const unusual = await scoreUnusualFrames(teacher.bytes);
  printTable(
    ['published model', 'rows', 'RMSE', '99.9 % within', 'largest'],
    [
      errorRow('fresh probes, core', probes.core),
      errorRow('fresh probes, outer', probes.outer),
      errorRow('fresh probes, independent', probes.independent),
      errorRow('unusual frames', [...unusual.values()].flat()),
      ...[...unusual].map(([name, errors]) => errorRow(`  ${name}`, errors)),
    ],
  );
  printTable(
    ['engine', 'rows', 'largest difference', 'least', 'most'],
    await compareEngines(probes.features),
  );
}

/** @param errors absolute, in VMAF points */
function errorRow(name, errors) {
  const sorted = Float64Array.from(errors).sort();
  const at = (share) => sorted[Math.ceil(share * sorted.length) - 1];
  const squares = sorted.reduce((sum, error) => sum + error * error, 0);
  const rmse = Math.sqrt(squares / sorted.length);
  return [name, String(sorted.length), points(rmse), points(at(0.999)), points(at(1))];
}

function points(value) {
  return value.toFixed(4);
}
