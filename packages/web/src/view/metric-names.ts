/** How a metric is shown. */
interface MetricName {
  /** Short, for buttons and tables. */
  readonly label: string;
  /** One line about it. */
  readonly about: string;
  readonly isLowerBetter: boolean;
}

const NAMES: ReadonlyMap<string, MetricName> = new Map([
  [
    'fr_regressor_v1',
    {
      label: 'VMAF-like score',
      about: 'fr_regressor_v1: predicts vmaf_v0.6.1 from the six features below, 0 to 100',
      isLowerBetter: false,
    },
  ],
  ['adm2', { label: 'ADM', about: 'adm2: detail that is kept, 1 is all of it', isLowerBetter: false }],
  ...[0, 1, 2, 3].map((scale): [string, MetricName] => [
    `vif_scale${scale}`,
    {
      label: `VIF ${scale}`,
      about: `vif_scale${scale}: information that is kept at ${['full', 'half', 'a quarter of', 'an eighth of'][scale]} size, 1 is all of it`,
      isLowerBetter: false,
    },
  ]),
  [
    'motion2',
    {
      label: 'Motion',
      about: 'motion2: how much the reference changes from frame to frame; no measure of quality',
      isLowerBetter: false,
    },
  ],
  [
    'lpips',
    {
      label: 'LPIPS',
      about: 'perceptual distance of a deep network, 0 for the same picture; lower is more similar',
      isLowerBetter: true,
    },
  ],
]);

/** A metric without a name of its own is a teacher, which is called as its file. */
export function metricName(metric: string): MetricName {
  return (
    NAMES.get(metric) ?? {
      label: metric,
      about: `${metric}: the score of the model file`,
      isLowerBetter: false,
    }
  );
}

/** A value as text, in the digits in which values differ: points of VMAF have two, ratios four. */
export function shownValue(metric: string, value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  const isPoints = !/^(adm|vif|lpips)/.test(metric);
  return value.toFixed(isPoints ? 2 : 4);
}
