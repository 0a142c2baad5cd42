// A regressor on a feature table, beside its teacher: node examples/score-table.mjs datasets/open9/open9_features.parquet
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { loadFeatureTable } from '@vqforge/table';

const paths = process.argv.slice(2);
const model = await openModel({ registry: 'model/tiny', model: 'fr_regressor_v1' });
const regressor = FrRegressor.of(model);

// [rows, 6], row by row, in the order that the model was trained on; it standardises them itself
const { rows, columns } = await loadFeatureTable({ paths, features: 'canonical6' });
const features = new Float64Array(rows * regressor.featureOrder.length);
regressor.featureOrder.forEach((name, column) => {
  columns.get(name).forEach((value, row) => {
    features[row * regressor.featureOrder.length + column] = value;
  });
});

const { scores, outOfRange, beyondProbes } = await regressor.score(features);
const squares = columns.get('vmaf').reduce((sum, vmaf, row) => sum + (scores[row] - vmaf) ** 2, 0);
console.log(
  `${rows} frames scored by ${model.id} on ${model.provider}, sha256 ${model.digest.slice(0, 12)}…`,
);
console.log(`RMSE against the teacher ${Math.sqrt(squares / rows).toFixed(3)} VMAF points`);
console.log(`${outOfRange} frames outside the range of its table, ${beyondProbes} beyond its probes too`);
await model.close();
