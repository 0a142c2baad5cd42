// One evaluation of 2AFC, as JSON: seconds and peak resident memory in KiB. whole.mjs <dataset> <registry>
import { availableParallelism } from 'node:os';
import { BOOTSTRAP, evaluate, lpipsMetric } from '@vqforge/bapps';

const [dataset, registry] = process.argv.slice(2);
const start = performance.now();
const metric = await lpipsMetric({
  baseline: false,
  net: 'squeeze',
  version: '0.1',
  registry,
  workers: availableParallelism(),
});
await evaluate({ dataset, mode: '2afc', sets: ['val/cnn'], metric, batchSize: 8, bootstrap: BOOTSTRAP });
await metric.close();
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, peak: process.resourceUsage().maxRSS }));
