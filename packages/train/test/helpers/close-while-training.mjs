// Closes a pool at its first progress and says how the fits ended. Run by training-pool.test.ts in a process of its own,
// which ends by itself only when no thread is left.
import { RECIPES, TrainingPool } from '@vqforge/train';

const recipe = { ...RECIPES.reference, epochs: 1_000_000, batchSize: 4 };
const onProgress = () => void pool.close();
const pool = new TrainingPool({
  engine: process.argv[2],
  workers: 1,
  recipe,
  seed: 0,
  features: 1,
  onProgress,
});
const rows = Float64Array.from({ length: 20 }, (_, row) => row);
const codes = Uint32Array.from(rows, (row) => row % 2);
pool.use({ features: [rows], target: rows, source: { names: ['a', 'b'], codes } });
const ends = await Promise.all(['a', 'b', null].map((name) => pool.fit(name).catch((error) => error.code)));
console.log(ends.join());
