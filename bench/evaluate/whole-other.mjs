// Another LPIPS graph over the same pictures, as JSON: seconds. Two runs of one pair for each triplet, which is all it can.
// whole-other.mjs <dataset> <model> <threads>
import { readFileSync } from 'node:fs';
import { openTwoAfc } from '@vqforge/bapps';
import { openModel } from '../lpips/model.mjs';
import { planes } from './planes.mjs';

const [dataset, model, threads] = process.argv.slice(2);
const start = performance.now();
const session = await openModel(readFileSync(model), Number(threads));
const opened = await openTwoAfc(dataset, { sets: ['val/cnn'] });
const distances = [];
for await (const { reference, p0, p1 } of opened.triplets()) {
  const ref = planes(reference);
  for (const one of [p0, p1]) distances.push(...(await session.run({ ref, dist: planes(one) })).score.data);
}
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, distances: distances.length, peak: process.resourceUsage().maxRSS }));
