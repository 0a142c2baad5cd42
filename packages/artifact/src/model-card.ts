import { frontMatter, markdownCode, markdownTable, markdownText, type CardMetric } from './markdown.ts';
import type { DatasetManifest } from './dataset-manifest.ts';
import { meanInterval } from './mean-interval.ts';
import type { LosoSummary, MetricsDocument } from './metrics-document.ts';
import { isOfFamily } from './model-family.ts';
import type { DistanceSidecar, RegressorSidecar, Sidecar } from './sidecar.ts';

/** The documents beside a model, of which alone its card is made. */
export interface CardDocuments {
  readonly sidecar: Sidecar;
  /** Metrics of the run that made a regressor. */
  readonly metrics?: MetricsDocument;
  /** Manifest of the table that it was trained on, where there is one. */
  readonly manifest?: DatasetManifest;
}

/**
 * Writes the card of a model, a page of Markdown for people with the front matter of Hugging Face. A pure function of the documents, so
 * that it can be checked against them.
 *
 * @example modelCard({ sidecar, metrics, manifest }).startsWith('---\nlicense: apache-2.0\n'); // true
 */
export function modelCard({ sidecar, metrics, manifest }: CardDocuments): string {
  const lines = isOfFamily('fr-regressor', sidecar)
    ? regressorCard(sidecar, metrics, manifest)
    : distanceCard(sidecar);
  return `${lines.join('\n')}\n`;
}

const TAGS = ['video-quality-assessment', 'full-reference', 'onnx', 'vqforge'];

function regressorCard(
  sidecar: RegressorSidecar,
  metrics: MetricsDocument | undefined,
  manifest: DatasetManifest | undefined,
): string[] {
  const { id, training, license, license_url: licenseUrl } = sidecar;
  const results = {
    task: 'score of the teacher, per frame, on sources that were left out',
    dataset: training.dataset,
    metrics: metrics === undefined ? [] : cardMetrics(metrics.loso.summary),
  };
  return [
    ...frontMatter({ id, license, licenseUrl, tags: ['vmaf', ...TAGS], results }),
    ...opening(sidecar),
    ...regressorUse(sidecar),
    ...regressorData(sidecar, manifest),
    ...regressorRecipe(sidecar, metrics),
    ...(metrics === undefined ? [] : regressorAgreement(metrics)),
    ...regressorLimits(sidecar),
    ...closing(sidecar),
  ];
}

function opening({ id, notes }: Sidecar): string[] {
  return ['', `# ${markdownText(id)}`, '', markdownText(notes)];
}

function section(title: string, ...lines: readonly string[]): string[] {
  return ['', `## ${title}`, '', ...lines];
}

function regressorUse({
  onnx,
  feature_order: order,
  input_standardised_by: by,
  output_range: range,
  clip,
}: RegressorSidecar): string[] {
  const bounds = `${range.min ?? '−∞'} to ${range.max ?? '∞'}`;
  return section(
    'Use',
    `\`vqforge score -r reference.y4m -d distorted.y4m\` measures the features and scores. In any ONNX runtime: \`features\` [N, ${order.length}] are ${order.map((name) => `\`${markdownCode(name)}\``).join(', ')} in this order${by === 'caller' ? ', each less `feature_mean`, by `feature_std` of the sidecar' : ''}; \`score\` [N] is in points from ${bounds}${clip === 'graph' ? '' : ', to be clipped by the caller'}. File: \`${markdownCode(onnx)}\`.`,
  );
}

function regressorData(
  { training, teacher }: RegressorSidecar,
  manifest: DatasetManifest | undefined,
): string[] {
  const { augmentation: probes } = training;
  const judge = teacher.model === null ? 'a teacher that is not named' : markdownText(teacher.model);
  return section(
    'Data',
    `${markdownText(training.dataset)}: ${training.n_rows} frames of ${training.n_sources} sources${training.n_pairs > 0 ? `, ${training.n_pairs} distorted clips` : ''}, scored by ${judge}. Content sha256 \`${training.dataset_digest}\`.`,
    ...(probes === undefined
      ? []
      : [
          '',
          `Beside them ${probes.n_rows} feature vectors that the teacher scored without a video, ${markdownText(probes.dataset)}. Content sha256 \`${probes.dataset_digest}\`. They are in no metric.`,
        ]),
    ...(manifest === undefined || manifest.sources.length === 0
      ? []
      : [
          '',
          ...markdownTable(
            ['source', 'frames', 'licence', 'attribution'],
            manifest.sources.map(({ name, rows, license, attribution }) => [
              name,
              String(rows),
              license,
              attribution,
            ]),
          ),
        ]),
  );
}

function regressorRecipe({ training }: RegressorSidecar, metrics: MetricsDocument | undefined): string[] {
  const { recipe, epochs, seed, engine } = training;
  const overrides = byName(recipe.overrides).map(
    ([key, value]) => `\`${markdownCode(`${key} ${JSON.stringify(value)}`)}\``,
  );
  const steps =
    metrics === undefined
      ? ''
      : `, batches of ${metrics.batch_size}, peak learning rate ${metrics.lr}, weight decay ${metrics.weight_decay}`;
  return section(
    'Recipe',
    `${markdownText(recipe.name)}${overrides.length === 0 ? '' : ` with ${overrides.join(', ')}`}: ${epochs} epochs${steps}, seed ${seed}, engine ${engine}${metrics?.reproducible === true ? ', which gives the same bytes on every machine' : ''}.`,
  );
}

/** PLCC near 1 differs from it in the eighth decimal. */
const DECIMALS = 8;

function regressorAgreement({ loso, in_sample: inSample }: MetricsDocument): string[] {
  const fixed = (value: number | null): string => (value === null ? 'undefined' : value.toFixed(DECIMALS));
  return section(
    'Agreement with the teacher',
    'Of sources that were left out of training, one after the other, per frame. Intervals are of the mean over sources, 95 %, by Student’s t.',
    '',
    ...markdownTable(
      ['measure', 'mean', '95 % interval'],
      cardMeasures(loso.summary).map(({ title, mean, interval }) => [
        title,
        fixed(mean),
        interval === null ? '' : interval.map(fixed).join(' to '),
      ]),
    ),
    '',
    ...markdownTable(
      ['left out', 'frames', 'PLCC', 'SROCC', 'RMSE'],
      byName(loso.per_fold).map(([source, fold]) => [
        source,
        String(fold.n),
        fixed(fold.plcc),
        fixed(fold.srocc),
        fixed(fold.rmse),
      ]),
    ),
    ...(inSample === null ? [] : ['', `On the frames it was trained on: RMSE ${fixed(inSample.rmse)}.`]),
  );
}

interface CardMeasure {
  readonly type: string;
  readonly title: string;
  readonly mean: number | null;
  readonly interval: readonly [number, number] | null;
}

function cardMeasures(summary: LosoSummary): CardMeasure[] {
  const titles = { rmse: 'RMSE, points', plcc: 'PLCC', srocc: 'SROCC', krocc: 'KROCC' } as const;
  return Object.entries(titles).map(([key, title]) => {
    const type = key as keyof typeof titles;
    const [mean, std] = [summary[`mean_${type}`], summary[`std_${type}`]];
    const interval = mean === null || std === null ? null : meanInterval(mean, std, summary.n_folds);
    const most = type === 'rmse' ? Infinity : 1;
    const least = type === 'rmse' ? 0 : -1;
    return {
      type,
      title,
      mean,
      interval: interval && [Math.max(least, interval[0]), Math.min(most, interval[1])],
    };
  });
}

function cardMetrics(summary: LosoSummary): CardMetric[] {
  return cardMeasures(summary).flatMap(({ type, title, mean, interval }) =>
    mean === null
      ? []
      : [
          {
            type,
            value: Number(mean.toFixed(DECIMALS)),
            name: `${title}, mean over ${summary.n_folds} sources${interval === null ? '' : `, 95 % interval ${interval.map((bound) => bound.toFixed(DECIMALS)).join(' to ')}`}`,
          },
        ],
  );
}

function regressorLimits(sidecar: RegressorSidecar): string[] {
  const { feature_order: order, feature_min: least, feature_max: most, training } = sidecar;
  const { augmentation: probes } = training;
  const short = (value: number | undefined): string => String(Number((value ?? NaN).toPrecision(4)));
  return section(
    'Limits',
    'It imitates its teacher, not people: where the teacher is wrong, so is the model. Frames are judged one by one, by the features alone. Beyond these ranges it extrapolates; `vqforge score` says how each frame lies.',
    '',
    ...markdownTable(
      ['feature', 'of the table', ...(probes === undefined ? [] : ['of the probes'])],
      order.map((name, at) => [
        name,
        `${short(least[at])} to ${short(most[at])}`,
        ...(probes === undefined
          ? []
          : [`${short(probes.feature_min[at])} to ${short(probes.feature_max[at])}`]),
      ]),
    ),
  );
}

function distanceCard(sidecar: DistanceSidecar): string[] {
  const { id, license, license_url: licenseUrl, onnx, minimum_side: side, weight_sources: sources } = sidecar;
  const { parity } = sidecar;
  return [
    ...frontMatter({ id, license, licenseUrl, tags: ['lpips', ...TAGS] }),
    ...opening(sidecar),
    ...section(
      'Use',
      `\`vqforge score -r reference.png -d distorted.png\`, or any ONNX runtime with \`${markdownCode(onnx)}\`: the sidecar says what the inputs hold.`,
    ),
    ...section(
      'Data',
      'The weights, by their content:',
      '',
      ...markdownTable(
        ['role', 'weights', 'licence', 'sha256'],
        byName(sources).map(([role, source]) => [
          role,
          source.name,
          source.license,
          sidecar.weights[role] ?? '',
        ]),
      ),
    ),
    ...section(
      'Agreement with the definition',
      `At most ${parity.max_abs_error} from the definition on ${parity.n} ${parity.unit} of images; ${parity.tolerance} is allowed. How it agrees with people: \`vqforge evaluate\`.`,
    ),
    ...section(
      'Limits',
      `Lower is more similar; it ranks distortions and is no opinion score. Sides of at least ${side}.`,
    ),
    ...closing(sidecar),
  ];
}

/** Documents that were read have their keys in this order, those that are about to be written may not. */
function byName<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function closing({ license, license_url: url, sha256 }: Sidecar): string[] {
  return section(
    'Licence',
    `${markdownText(license)}${url === undefined ? '' : `, ${url}`}. ONNX sha256 \`${sha256}\`.`,
  );
}
