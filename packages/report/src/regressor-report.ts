import type { MetricsDocument } from '@vqforge/artifact';
import { agreement } from '@vqforge/train';
import type { HeldOut } from '@vqforge/table';
import { gateChart } from './gate-chart.ts';
import { heldOutSections } from './held-out-sections.ts';
import { markup, type Markup } from './markup.ts';
import { count, metric, points } from './numbers.ts';
import { factsMarkup, pageText, type Section, type Tile } from './page.ts';
import {
  byError,
  type FeatureColumns,
  MOST_CHARTS,
  regressorRun,
  type RegressorRun,
} from './regressor-run.ts';
import { spreadChart } from './residual-charts.ts';
import { clipMeans } from './residuals.ts';
import { sourceSection } from './source-section.ts';

/** The report of a regressor's run: how its folds agree with the teacher, and what the gate said. */
export function regressorReport(
  id: string,
  metrics: MetricsDocument,
  heldOut: HeldOut | undefined,
  features?: FeatureColumns,
): string {
  const run = regressorRun(metrics, heldOut, features);
  const { dataset, gate, shipped, recipe } = metrics;
  return pageText({
    title: id,
    lead: `Full-reference regressor: ${metrics.feature_cols.length} features to a teacher's score, per frame. Trained on ${dataset.id}: ${count(dataset.n_rows)} rows, ${count(dataset.n_sources)} sources${dataset.n_pairs > 0 ? `, ${count(dataset.n_pairs)} clips` : ''}. Recipe ${recipe.name}, engine ${metrics.engine}, seed ${metrics.seed}.`,
    verdict: {
      good: gate.passed,
      text: gate.passed ? (shipped ? 'gate passed · shipped' : 'gate passed · not exported') : 'gate refused',
    },
    tiles: tiles(run),
    sections: [gateSection(run), ...heldOutSections(run), sourceSection(run), recipeSection(run)],
  });
}

function tiles({ metrics, folds, clips }: RegressorRun): Tile[] {
  const { ship_threshold: threshold } = metrics;
  const { summary } = metrics.loso;
  const spread = (std: number | null): string => (std === null ? '' : `± ${metric(std)} over folds`);
  const [worst] = byError(folds);
  const means = clipMeans(clips);
  const pooled = clips.length > 1 ? agreement(means.prediction, means.teacher) : undefined;
  return [
    {
      label: 'mean PLCC',
      value: metric(summary.mean_plcc),
      detail: `${spread(summary.std_plcc)}, gate ${threshold}`,
    },
    { label: 'mean SROCC', value: metric(summary.mean_srocc), detail: spread(summary.std_srocc) },
    { label: 'mean KROCC', value: metric(summary.mean_krocc), detail: spread(summary.std_krocc) },
    {
      label: 'mean RMSE',
      value: points(summary.mean_rmse),
      detail: summary.std_rmse === null ? '' : `± ${points(summary.std_rmse)} over folds`,
    },
    ...(worst === undefined
      ? []
      : [{ label: 'largest RMSE', value: points(worst[1].rmse), detail: worst[0] }]),
    ...(pooled === undefined
      ? []
      : [
          {
            label: 'RMSE of clip means',
            value: points(pooled.rmse),
            detail: `${count(clips.length)} clips, PLCC ${metric(pooled.plcc)}`,
          },
        ]),
  ];
}

function gateSection({ metrics, folds, groups }: RegressorRun): Section {
  const { gate, loso, ship_threshold: threshold, expected_folds: expected, warnings } = metrics;
  const charted = folds.slice(0, MOST_CHARTS);
  const residuals = charted.flatMap(([name]) => groups.get(name) ?? []);
  const spread = residuals.length === 0 ? '' : spreadChart(residuals);
  const verdict = gate.passed
    ? markup`<p><strong class="good">Passed.</strong> Every expected source was held out once, every metric is a finite number, and mean PLCC ${metric(loso.summary.mean_plcc)} reaches ${threshold}.</p>`
    : markup`<p><strong class="bad">Refused.</strong> Nothing was exported; the model that was pinned before is untouched.</p><ul>${gate.reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>`;
  const notes =
    warnings.length === 0
      ? ''
      : markup`<p class="note">Of the table:</p><ul>${warnings.map((warning) => markup`<li>${warning}</li>`)}</ul>`;
  return {
    title: 'Gate',
    body: [
      markup`<div class="charts"><div>${verdict}<p class="note">${folds.length} of ${expected.length} expected folds. Metrics are per frame, of scores as the exported graph answers, against the teacher and not against people.</p>${notes}</div>${gateChart(charted, threshold, loso.summary.mean_plcc)}${spread}</div>`,
    ],
  };
}

function recipeSection({ metrics }: RegressorRun): Section {
  const { recipe, dataset, parity, artifacts, in_sample: inSample, run_provenance: provenance } = metrics;
  const overrides = Object.entries(recipe.overrides).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const code = (value: string): Markup => markup`<code>${value}</code>`;
  return {
    title: 'How it was made',
    body: [
      factsMarkup([
        ['command', code(`vqforge ${(provenance.argv ?? []).join(' ')}`)],
        [
          'recipe',
          `${recipe.name}${overrides.length > 0 ? ` with ${overrides.join(', ')}` : ''}: ${count(metrics.epochs)} epochs, batch ${count(metrics.batch_size)}, peak learning rate ${metrics.lr}, weight decay ${metrics.weight_decay}, seed ${metrics.seed}`,
        ],
        [
          'engine',
          metrics.reproducible
            ? `${metrics.engine}: the same bytes on every machine`
            : `${metrics.engine}: the bits depend on the CPU`,
        ],
        ['features', `${metrics.feature_subset}: ${metrics.feature_cols.join(', ')}`],
        [
          'dataset',
          markup`${dataset.id}${dataset.dropped_rows > 0 ? `, ${count(dataset.dropped_rows)} rows dropped` : ''}, content sha256 ${code(dataset.content_digest)}`,
        ],
        ...(inSample === null
          ? []
          : [
              [
                'final fit',
                `on all rows; in-sample PLCC ${metric(inSample.plcc)}, RMSE ${points(inSample.rmse)}`,
              ] as const,
            ]),
        ...(parity === null
          ? []
          : [
              [
                'parity',
                `exported file within ${parity.max_abs_error.toExponential(1)} of training on ${count(parity.n)} ${parity.unit} (allowed ${parity.tolerance})`,
              ] as const,
            ]),
        ...(artifacts === null
          ? []
          : [
              ['ONNX', markup`sha256 ${code(artifacts.onnx)}`] as const,
              ['sidecar', markup`sha256 ${code(artifacts.sidecar)}`] as const,
            ]),
      ]),
    ],
  };
}
