// LPIPS of renditions against their reference, frame by frame: node examples/score-clip.mjs ref.y4m a.y4m [b.y4m …]
import { openLpips } from '@vqforge/runtime/node';
import { openTensorSets } from '@vqforge/media/node';

const [reference, ...distorted] = process.argv.slice(2);
const lpips = await openLpips({ registry: 'model/tiny', environment: process.env, threads: 1 });

// a thread of its own reads and converts the next frames while this one runs the model
const clips = await openTensorSets({ reference, distorted });
const { width, height } = clips.reference.format;
const shape = { width, height, count: distorted.length };
const sums = new Float64Array(distorted.length);
let frames = 0;
for await (const set of clips.sets()) {
  const scores = await lpips.score(set.reference, set.distorted, shape);
  scores.forEach((score, rendition) => (sums[rendition] += score));
  frames++;
}
distorted.forEach((path, rendition) => {
  console.log(`${path}: LPIPS ${(sums[rendition] / frames).toFixed(4)}, mean of ${frames} frames`);
});
await lpips.model.close();
