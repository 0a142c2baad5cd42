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
      about: 'fr_regressor_v1: predicts vmaf_v0.6.1 from ADM, VIF and motion, 0 to 100',
      isLowerBetter: false,
    },
  ],
  ['vmaf', { label: 'VMAF', about: 'vmaf: the score of the model file of libvmaf', isLowerBetter: false }],
  [
    'lpips',
    {
      label: 'LPIPS',
      about: 'perceptual distance of a deep network, 0 for the same picture; lower is more similar',
      isLowerBetter: true,
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
]);

/** The order in which metrics are shown: scores before the features that they are made of. */
export function metricOrder(metric: string): number {
  return [...NAMES.keys()].indexOf(metric);
}

/** A metric without a name of its own is called as it is. */
export function metricName(metric: string): MetricName {
  return (
    NAMES.get(metric) ?? {
      label: metric,
      about: metric,
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
