// One training thread, no process start: steps per second and achieved FLOP/s beside the machine's own GEMM on the same
// engine, and how time grows with rows and epochs.
import { GraphBuilder } from '../packages/onnx/dist/builder.js';
import { encodeModel } from '../packages/onnx/dist/codec.js';
import { float32Tensor } from '../packages/ort/dist/index.js';
import { openEngine } from '../packages/ort/dist/node.js';
import { RECIPES } from '../packages/train/dist/recipe.js';
import { fit, stepCount } from '../packages/train/dist/fit.js';
import { trainingModel } from '../packages/train/dist/training-graph.js';
import { openTrainingSession } from '../packages/train/dist/training-session.js';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median } from './lib/turns.mjs';

const FEATURES = 6;
const ROWS = 9216; // 36 whole batches, about one fold of open9
/** Multiply-adds of one step: forward and weight gradients of three layers, input gradients of two; 2 FLOP each. */
const flopPerStep = (batch) => 2 * batch * (2 * (FEATURES * 64 + 64 * 64 + 64) + 64 * 64 + 64);

export async function run({ rounds }) {
  const engines = { native: await openEngine('native'), wasm: await openEngine('wasm') };
  await printSteps(engines, rounds);
  await printGrowth(engines.native, rounds);
}

async function printSteps(engines, rounds) {
  const sides = {};
  for (const [name, engine] of Object.entries(engines)) {
    const gemm = await gemmSide(engine);
    sides[`${name}: GEMM 512³`] = gemm;
    for (const recipe of ['standard', 'reference'])
      sides[`${name}: ${recipe}`] = await stepsSide(engine, RECIPES[recipe]);
  }
  const results = await inTurns(sides, rounds);
  const best = (name) => Math.max(...results[name].map(({ flops }) => flops));
  printTable(
    ['one thread', 'steps/s', 'µs/step', 'GFLOP/s', 'of its GEMM'],
    Object.entries(results).map(([name, runs]) => {
      const perStep = median(runs.map(({ secondsPerStep }) => secondsPerStep ?? NaN));
      const gflops = median(runs.map(({ flops }) => flops)) / 1e9;
      const share = gflops / (best(`${name.split(':')[0]}: GEMM 512³`) / 1e9);
      return [
        name,
        Number.isNaN(perStep) ? '' : (1 / perStep).toFixed(0),
        Number.isNaN(perStep) ? '' : (perStep * 1e6).toFixed(0),
        gflops.toFixed(1),
        `${(100 * share).toFixed(0)} %`,
      ];
    }),
  );
}

async function stepsSide(engine, recipe) {
  const data = generated(ROWS);
  const session = await openTrainingSession(
    engine,
    trainingModel({
      features: FEATURES,
      batchSize: recipe.batchSize,
      dropout: recipe.dropout > 0,
      optimiser: recipe.optimiser,
    }),
  );
  const short = { ...recipe, epochs: 4 };
  await fit({ session, ...data, recipe: short, seed: 0 });
  return async () => {
    const started = performance.now();
    await fit({ session, ...data, recipe: short, seed: 0 });
    const secondsPerStep = (performance.now() - started) / 1000 / stepCount(ROWS, short);
    return { secondsPerStep, flops: flopPerStep(recipe.batchSize) / secondsPerStep };
  };
}

/** What the engine's matrix product reaches on this machine: [512, 512] × [512, 512], ten in a row. */
async function gemmSide(engine) {
  const size = 512;
  const b = new GraphBuilder('gemm');
  let value = b.input('a', 'float32', [size, size]);
  const weight = b.input('b', 'float32', [size, size]);
  for (let i = 0; i < 10; i++) value = b.node('MatMul', [value, weight]);
  b.output(value, 'float32', [size, size]);
  const session = await openTrainingSession(
    engine,
    encodeModel({ irVersion: 8, opset: 17, producerName: 'vqforge', graph: b.build() }),
  );
  const tensor = float32Tensor(new Float32Array(size * size).fill(1 / size), [size, size]);
  await session.run({ a: tensor, b: tensor });
  return async () => {
    const started = performance.now();
    await session.run({ a: tensor, b: tensor });
    return { flops: (10 * 2 * size ** 3) / ((performance.now() - started) / 1000) };
  };
}

/** The same recipe on more rows and more epochs: time per step should not move. */
async function printGrowth(engine, rounds) {
  const cases = {
    '1× rows, 2 epochs': [1, 2],
    '10× rows, 2 epochs': [10, 2],
    '100× rows, 2 epochs': [100, 2],
    '1× rows, 20 epochs': [1, 20],
    '1× rows, 200 epochs': [1, 200],
  };
  const sides = {};
  for (const [name, [times, epochs]] of Object.entries(cases)) {
    const recipe = { ...RECIPES.standard, epochs };
    const data = generated(ROWS * times);
    const session = await openTrainingSession(
      engine,
      trainingModel({ features: FEATURES, batchSize: recipe.batchSize, dropout: false }),
    );
    sides[name] = async () => {
      const started = performance.now();
      await fit({ session, ...data, recipe, seed: 0 });
      return { seconds: (performance.now() - started) / 1000, steps: stepCount(ROWS * times, recipe) };
    };
  }
  const results = await inTurns(sides, rounds);
  const [first] = Object.values(results);
  const perStep = (runs) => median(runs.map(({ seconds, steps }) => seconds / steps));
  printTable(
    ['native, standard', 'steps', 's', 'µs/step', 'against 1×'],
    Object.entries(results).map(([name, runs]) => [
      name,
      String(runs[0].steps),
      median(runs.map(({ seconds }) => seconds)).toFixed(2),
      (perStep(runs) * 1e6).toFixed(0),
      `${(perStep(runs) / perStep(first)).toFixed(2)}×`,
    ]),
  );
}

/** Rows of a smooth function of six features; training's cost does not depend on the numbers. */
function generated(rows) {
  const features = Float32Array.from({ length: rows * FEATURES }, (_, i) => ((i * 7919) % 2003) / 1001.5 - 1);
  const targets = Float32Array.from(
    { length: rows },
    (_, row) => features[row * FEATURES] * 0.5 + Math.abs(features[row * FEATURES + 1]),
  );
  return { features, targets };
}
