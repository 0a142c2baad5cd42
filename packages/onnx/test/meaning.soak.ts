/**
 * The long form of meaning.test.ts, by hand: `npx tsx packages/onnx/test/meaning.soak.ts [count] [seed]`.
 * Ends with exit code 1 when a file means one thing to us and another to ONNX Runtime, or kills it.
 */
import { REFERENCE_OPS, REGRESSOR_OPS } from '../src/ops.ts';
import { outcomes } from './meaning.ts';
import type { Subject } from './meaning.ts';
import { bytesOf, noise } from './models.ts';
import { mutateBytes, mutateFields, seeded } from './mutations.ts';

const count = Number(process.argv[2] ?? 5000);
const random = seeded(Number(process.argv[3] ?? 1));

const image = (seed: number): Subject['feeds'][number] => [noise(3 * 32 * 24, seed), [1, 3, 32, 24]];
const subjects: Record<string, Subject> = {
  regressor: { file: bytesOf('regressor'), ops: REGRESSOR_OPS, feeds: [[noise(6, 1), [2, 3]]] },
  distance: { file: bytesOf('distance'), ops: REFERENCE_OPS, feeds: [image(2), image(3)] },
};

for (const [name, subject] of Object.entries(subjects)) {
  for (const mutate of [mutateBytes, mutateFields]) {
    const counts = await outcomes(subject, mutate, random, count);
    const run = [...counts.values()].reduce((a, b) => a + b, 0);
    const differing = counts.get('') ?? 0;
    console.log(
      `${name}, ${mutate.name}: ${count} files, ${run} run, ${counts.get('refused') ?? 0} refused, ${differing} differ`,
    );
    if (differing > 0) process.exitCode = 1;
  }
}
