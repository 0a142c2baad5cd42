import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';

const ROWS = 10_000;
const MODEL = 'model/tiny/fr_regressor_v1';

/** Scores of the published model by every engine that is here, each beside those of onnxruntime-node. */
export async function compareEngines(features) {
  const { feature_mean: mean, feature_std: std } = JSON.parse(readFileSync(`${MODEL}.json`, 'utf8'));
  const width = mean.length;
  const rows = features.subarray(0, ROWS * width);
  const native = await scoresOf('native', rows);
  const engines = [
    ['onnxruntime-node', native],
    ['onnxruntime-web', await scoresOf('wasm', rows)],
  ];
  const standardised = Float32Array.from(rows, (value, i) => (value - mean[i % width]) / std[i % width]);
  const python = pythonScores(standardised, width);
  if (python !== undefined) engines.push(["Python's onnxruntime", python]);
  return engines.map(([name, scores]) => {
    const differences = scores.map((score, row) => Math.abs(score - native[row]));
    const sorted = scores.toSorted();
    return [
      name,
      String(scores.length),
      Math.max(...differences).toExponential(1),
      String(sorted[0]),
      String(sorted.at(-1)),
    ];
  });
}

async function scoresOf(engine, features) {
  const model = await openModel({ registry: 'model/tiny', model: 'fr_regressor_v1', engine });
  const { scores } = await FrRegressor.of(model).score(features);
  await model.close();
  return scores;
}

const PYTHON = `
import sys, numpy, onnxruntime
rows = numpy.fromfile(sys.argv[2], numpy.float32).reshape(-1, int(sys.argv[3]))
session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])
session.run(None, {'features': rows})[0].astype(numpy.float32).tofile(sys.argv[4])
`;

/** @returns undefined where there is no Python with onnxruntime */
function pythonScores(rows, width) {
  const folder = mkdtempSync(join(tmpdir(), 'vqforge-bench-'));
  try {
    const [input, output] = [join(folder, 'rows'), join(folder, 'scores')];
    writeFileSync(input, rows);
    execFileSync('python3', ['-c', PYTHON, `${MODEL}.onnx`, input, String(width), output], { stdio: 'pipe' });
    return new Float32Array(new Uint8Array(readFileSync(output)).buffer);
  } catch (error) {
    console.log(`Python's onnxruntime skipped: ${String(error.stderr).trim().split('\n').at(-1)}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
