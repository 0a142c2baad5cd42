// One thread, one pair of 1920×1080 pictures: processor time of VIF, ADM and motion, beside other builds of the kernels
// (`--beside DIR`) and the plain references, in turns.
import { tsImport } from 'tsx/esm/api';
import { Kernels } from '../packages/features/dist/kernels.js';
import { measureExtraction } from './features/extraction.mjs';
import { loadOthers } from './features/other-kernels.mjs';
import { scene } from './features/scene.mjs';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median } from './lib/turns.mjs';

const SIZE = { width: 1920, height: 1080 };
/** The plain references take a minute for a picture of full size: they get one of a 64th, and their time is multiplied. */
const PLAIN = { width: 240, height: 135, share: 64 };
const DEPTHS = [8, 10];
/** Frames per round; the first of all rounds' are left out, because V8 compiles in them. */
const FRAMES = 10;
const WARM_UP = 8;

export async function run({ rounds, beside }) {
  const plain = await plainReferences();
  for (const bitDepth of DEPTHS) {
    const sides = await measureDepth(bitDepth, rounds, beside, plain);
    printSides(`${SIZE.width}×${SIZE.height}, ${bitDepth} bits`, sides);
  }
  await measureExtraction();
}

async function plainReferences() {
  const load = (name) => tsImport(`../packages/features/test/plain/${name}.ts`, import.meta.url);
  const [{ vif }, { adm }, { motionSad }] = await Promise.all([load('vif'), load('adm'), load('motion')]);
  return {
    vif: ({ reference, distorted }, size) => vif(reference, distorted, size, 100),
    adm: ({ reference, distorted }, size) => adm(reference, distorted, size, 100),
    motion: ({ previous, reference }, size) => motionSad(previous, reference, size),
  };
}

/** Processor milliseconds per frame of every side: { vif: { ours: [...], plain: [...] } … }. */
async function measureDepth(bitDepth, rounds, beside, plain) {
  const format = { ...SIZE, bitDepth };
  const pictures = scene(format);
  const kernels = new Kernels(format);
  kernels.nextReference({ samples: pictures.previous });
  kernels.nextReference({ samples: pictures.reference });
  kernels.setDistorted({ samples: pictures.distorted });
  const others = beside === undefined ? {} : loadOthers(beside, format, pictures);
  const small = { width: PLAIN.width, height: PLAIN.height, bitDepth };
  const smallPictures = scene(small);

  const parts = {
    vif: { ours: () => kernels.vif(100) },
    adm: { ours: () => kernels.adm(100, false) },
    motion: { ours: () => kernels.motionSad(false) },
  };
  for (const [part, sides] of Object.entries(parts)) {
    Object.assign(sides, others[part]);
    const times = await inTurns(
      Object.fromEntries(Object.entries(sides).map(([side, action]) => [side, () => processorTime(action)])),
      WARM_UP + rounds * FRAMES,
    );
    for (const side of Object.keys(times)) sides[side] = times[side].slice(WARM_UP);
    sides.plain = [processorTime(() => plain[part](smallPictures, small)) * PLAIN.share];
  }
  return parts;
}

function processorTime(action) {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function printSides(title, parts) {
  const names = [...new Set(Object.values(parts).flatMap((sides) => Object.keys(sides)))];
  const best = (times) => Math.min(...times);
  const rows = Object.entries(parts).map(([part, sides]) => [
    part,
    ...names.map((name) => (sides[name] ? best(sides[name]).toFixed(2) : '–')),
    ...names.slice(1).map((name) => (sides[name] ? ratioOf(sides.ours, sides[name]).toFixed(3) : '–')),
  ]);
  const sum = (name) =>
    Object.values(parts).reduce((total, sides) => total + (sides[name] ? best(sides[name]) : NaN), 0);
  rows.push([
    'sum',
    ...names.map((name) => sum(name).toFixed(2)),
    ...names.slice(1).map((name) => (sum('ours') / sum(name)).toFixed(3)),
  ]);
  printTable(
    [title, ...names.map((name) => `${name} ms`), ...names.slice(1).map((name) => `of ${name}`)],
    rows,
  );
}

/** The median of the ratios of frames that were measured one after the other; of one measurement the ratio of the best. */
function ratioOf(ours, theirs) {
  if (theirs.length < ours.length) return Math.min(...ours) / Math.min(...theirs);
  return median(ours.map((time, i) => time / theirs[i]));
}
