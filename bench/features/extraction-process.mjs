// Measures a pair in a process of its own, between the first frame read and the last one measured:
// node --import ./kernel-clock.mjs extraction-process.mjs REFERENCE DISTORTED THREADS
import { openFeatures } from '../../packages/features/dist/node.js';
import { clock, kernelNanoseconds } from './kernel-clock.mjs';

const [reference, distorted, threads] = process.argv.slice(2);
const stream = await openFeatures({ reference, distorted: [distorted], threads: Number(threads) });
const start = performance.now();
const before = process.cpuUsage();
let frames = 0;
for await (const _frame of stream.frames()) frames++;
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    frames,
    seconds: (performance.now() - start) / 1000,
    processorSeconds: (user + system) / 1e6,
    kernelSeconds: kernelNanoseconds() / 1e9,
    clock,
    mostBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
