import { counted } from '@vqforge/base';
import type { AgreementMetrics, MetricsDocument } from '@vqforge/artifact';
import type { Dataset, ProbeChoice } from '@vqforge/pipeline';
import type { FeatureTable } from '@vqforge/table';
import { printable } from './terminal-text.ts';

/** A table that was read, in one line for the terminal, with its columns and warnings below. */
export function tableLines(table: FeatureTable, dataset: Dataset): string[] {
  const facts = [
    counted(table.rows, 'row'),
    counted(table.source.names.length, 'source'),
    ...(dataset.pairs > 0 ? [counted(dataset.pairs, 'pair')] : []),
    ...(table.droppedRows > 0 ? [`${table.droppedRows} dropped`] : []),
    `teacher ${table.teacherColumn}${dataset.teacherModel === null ? '' : ` (${dataset.teacherModel})`}`,
    `content sha256 ${table.contentDigest.slice(0, 12)}…`,
  ];
  return [
    `${dataset.id}: ${facts.join(', ')}`,
    ...columnLines(table),
    ...table.warnings.map(({ message }) => `warning: ${message}`),
  ];
}

/** Which columns are used, and which are known by other names or left out. */
export function columnLines({ featureColumns, mappings, leftOut }: FeatureTable): string[] {
  return [
    `${counted(featureColumns.length, 'feature')}: ${featureColumns.join(', ')}`,
    ...(mappings.length === 0
      ? []
      : [
          `read under other names: ${mappings.map(({ column, from }) => `${column} from ${from}`).join(', ')}`,
        ]),
    ...(leftOut.length === 0
      ? []
      : [`no features: ${leftOut.map(({ name, why }) => `${name} (${why})`).join(', ')}`]),
  ];
}

/** Which probes join training, or why none do, in one line. */
export function probesLine(choice: ProbeChoice): string {
  if ('why' in choice) return `no teacher probes: ${choice.why}`;
  const { table, id } = choice;
  return `${id}: ${counted(table.rows, 'teacher probe')} in every training set, content sha256 ${table.contentDigest.slice(0, 12)}…`;
}

/** The leave-one-source-out table: one row per held-out source, then mean and sample standard deviation. */
export function losoTable({ loso }: MetricsDocument): string[] {
  const rows = Object.entries(loso.per_fold)
    .map(([source, fold]) => [printable(source), fold] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(15, ...rows.map(([source]) => source.length));
  const line = (name: string, ...cells: string[]): string =>
    name.padEnd(width) + cells.map((cell) => cell.padStart(10)).join('');
  const { summary } = loso;
  const correlations = ['plcc', 'srocc', 'krocc'] as const;
  return [
    line('held out', 'rows', 'PLCC', 'SROCC', 'KROCC', 'RMSE', 'tied', 'at 0/100'),
    ...rows.map(([source, fold]) => line(source, ...foldCells(fold))),
    line(
      'mean',
      '',
      ...correlations.map((name) => metric(summary[`mean_${name}`])),
      points(summary.mean_rmse),
    ),
    line(
      'std (ddof 1)',
      '',
      ...correlations.map((name) => metric(summary[`std_${name}`])),
      points(summary.std_rmse),
    ),
  ];
}

function foldCells(fold: AgreementMetrics): string[] {
  return [
    String(fold.n),
    metric(fold.plcc),
    metric(fold.srocc),
    metric(fold.krocc),
    points(fold.rmse),
    percent(fold.tied_target_fraction),
    percent(fold.saturated_fraction),
  ];
}

/** The gate's verdict with its reasons. */
export function verdictLines({
  gate,
  loso,
  ship_threshold: threshold,
  shipped,
  engine,
  in_sample: inSample,
  parity,
}: MetricsDocument): string[] {
  if (!gate.passed) return ['gate: REFUSED TO SHIP', ...gate.reasons.map((reason) => `  ${reason}`)];
  return [
    `gate: passed, mean PLCC ${metric(loso.summary.mean_plcc)} ≥ ${threshold} over ${loso.summary.n_folds} folds${shipped ? '' : '; not exported (--no-export)'}`,
    ...(inSample === null
      ? []
      : [`final fit on all rows: in-sample PLCC ${metric(inSample.plcc)}, RMSE ${points(inSample.rmse)}`]),
    ...(parity === null
      ? []
      : [
          `parity: exported file within ${parity.max_abs_error.toExponential(1)} VMAF points of training on ${parity.n} ${parity.unit}`,
        ]),
    ...(engine === 'native'
      ? ['engine native: these bits depend on the CPU and are not reproducible elsewhere']
      : []),
  ];
}

function metric(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(5);
}

function points(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(3);
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)}%`;
}
