import { join } from 'node:path';
import type { AgreementMetrics, RegressorSidecar } from '@vqforge/artifact';
import { besideMetrics } from '@vqforge/artifact/node';
import { RegistryError, type Report } from '@vqforge/registry';
import { type FeatureTable, type HeldOut, readPredictions, TableError } from '@vqforge/table';
import { agreement, rmse } from '@vqforge/train';
import type { Evidence } from './evidence.ts';
import { digestTreeFile } from './tree-files.ts';

/** The same code on the same numbers: only the order of a sum may differ, over at most 10^7 rows (n · 2^-53). */
const SUM_TOLERANCE = 2e-9;

/**
 * VMAF points between the network as it was trained and the exported graph, both of float32: rounding at 100 points, summed over
 * three layers.
 */
const UNCLIPPED_TOLERANCE = 2e-5;

const MEASURES = [
  'n',
  'plcc',
  'srocc',
  'krocc',
  'rmse',
  'tied_target_fraction',
  'saturated_fraction',
] as const;

/**
 * The held-out predictions of a run that shipped: they are what its metrics pin, the metrics follow from them, and they are
 * about the rows of the table.
 *
 * @param table the rows that the run was made from; null when they are not here, and then absent predictions are no error
 * @returns the predictions that were compared; null when there are none that hold
 */
export async function auditPredictions(
  root: string,
  { path, metrics }: Evidence,
  { clip, output_range: range }: RegressorSidecar,
  table: FeatureTable | null,
  report: Report,
): Promise<HeldOut | null> {
  const file = besideMetrics(path, 'predictions.parquet');
  const heldOut = await pinnedPredictions(root, file, { path, metrics }, table !== null, report);
  if (heldOut === null) return null;
  auditFolds(heldOut, { path, metrics }, report);
  if (table === null || !auditRows(heldOut, table, file, report)) return heldOut;
  auditUnclippedFolds(
    heldOut,
    { path, metrics },
    clip === 'graph' ? range : { min: null, max: null },
    table,
    report,
  );
  return heldOut;
}

async function pinnedPredictions(
  root: string,
  file: string,
  { path, metrics }: Evidence,
  isNeeded: boolean,
  report: Report,
): Promise<HeldOut | null> {
  const pin = metrics.artifacts?.predictions;
  if (pin === undefined) {
    report('PREDICTIONS_UNPINNED', 'error', path, {
      expected: 'artifacts.predictions: the digest of the predictions that the metrics are made from',
      got: 'none, so nothing but a training can tell whether the metrics are true',
      advice: 'train the model again, which pins them, or run vqforge regenerate --check',
    });
    return null;
  }
  const expected = `sha256 ${pin}, as ${path} pins`;
  try {
    const found = await digestTreeFile(root, file);
    if (found === null) {
      report('MISSING_FILE', isNeeded ? 'error' : 'info', file, {
        expected,
        got: 'no such file, so the metrics were not made again from it',
        advice: 'restore it, or train the model again',
      });
      return null;
    }
    if (found.sha256 === pin) return await readPredictions(join(root, file));
    report('DIGEST_MISMATCH', 'error', file, {
      expected,
      got: `sha256 ${found.sha256}`,
      advice: 'restore it, or train the model again',
    });
  } catch (error) {
    if (!(error instanceof RegistryError) && !(error instanceof TableError)) throw error;
    report('BAD_TABLE', 'error', file, {
      expected: 'a table of held-out predictions',
      got: `${error.code}: ${error.message.replaceAll(`${root}/`, '')}`,
      advice: 'train the model again',
    });
  }
  return null;
}

/** Each fold's measures as they follow from the predictions of its rows. */
function auditFolds(
  { source, teacher, prediction }: HeldOut,
  { path, metrics }: Evidence,
  report: Report,
): void {
  const rowsOf = new Map<string, number[]>(source.names.map((name) => [name, []]));
  for (const [row, code] of source.codes.entries()) rowsOf.get(source.names[code] as string)?.push(row);
  const folds = new Map(Object.entries(metrics.loso.per_fold));
  const [said, are] = [folds, rowsOf].map((map) => [...map.keys()].sort().join(', ')) as [string, string];
  if (said !== are) reportDiffering('folds', said, are, path, report);
  for (const [name, rows] of rowsOf) {
    const fold = folds.get(name);
    if (fold === undefined) continue;
    const found = agreement(
      Float64Array.from(rows, (row) => prediction[row] as number),
      Float64Array.from(rows, (row) => teacher[row] as number),
    );
    compareAgreement(`of fold ${name}`, fold, found, SUM_TOLERANCE, path, report);
  }
}

/** Each fold's RMSE before clipping; a row that the graph clipped can only have been farther off. */
function auditUnclippedFolds(
  { source, prediction }: HeldOut,
  { path, metrics }: Evidence,
  { min, max }: RegressorSidecar['output_range'],
  table: FeatureTable,
  report: Report,
): void {
  const targets = table.columns.get(table.unclippedColumn ?? '');
  for (const [name, { unclipped_rmse: said }] of Object.entries(metrics.loso.per_fold)) {
    const rows = [...source.codes.keys()].filter((row) => source.names[source.codes[row] as number] === name);
    const isClipped = (row: number): boolean => prediction[row] === min || prediction[row] === max;
    const found =
      targets &&
      rmse(
        rows.map((row) => (isClipped(row) ? 0 : (prediction[row] as number))),
        rows.map((row) => (isClipped(row) ? 0 : (targets[row] as number))),
      );
    auditUnclipped(`of fold ${name}`, said, found, !rows.some(isClipped), path, report);
  }
}

/**
 * Reports a stated RMSE before clipping that does not follow.
 *
 * @param found undefined where the teacher's unclipped scores are not known: then nothing may be stated
 * @param isWhole whether `found` is of all rows; else it is the least that it can be
 */
export function auditUnclipped(
  what: string,
  said: number | null | undefined,
  found: number | null | undefined,
  isWhole: boolean,
  path: string,
  report: Report,
): void {
  const isNear =
    typeof said === 'number' &&
    typeof found === 'number' &&
    said >= found - UNCLIPPED_TOLERANCE &&
    (!isWhole || said <= found + UNCLIPPED_TOLERANCE);
  if (said === found || isNear) return;
  const least = isWhole ? '' : 'at least ';
  reportDiffering(`unclipped_rmse ${what}`, String(said), least + String(found), path, report);
}

/** Reports each measure that a document states and that another one follows for. */
export function compareAgreement(
  what: string,
  said: AgreementMetrics,
  found: AgreementMetrics,
  tolerance: number,
  path: string,
  report: Report,
): void {
  // of a fold that was trained again only
  const keys = found.unclipped_rmse === undefined ? MEASURES : [...MEASURES, 'unclipped_rmse' as const];
  for (const key of keys) {
    const [a = null, b = null] = [said[key], found[key]];
    const isNear = a !== null && b !== null && Math.abs(a - b) <= tolerance;
    if (a !== b && !isNear) reportDiffering(`${key} ${what}`, String(a), String(b), path, report);
  }
}

function reportDiffering(what: string, said: string, found: string, path: string, report: Report): void {
  report('METRICS_UNTRUE', 'error', path, {
    expected: `${what}: ${found}, as it follows from the predictions and the model`,
    got: said,
    advice: 'trust neither; run vqforge regenerate --check',
  });
}

/** Whether rows, keys and teacher of the predictions are those of the table, in its order. */
function auditRows(
  { source, clip, frame, teacher }: HeldOut,
  table: FeatureTable,
  file: string,
  report: Report,
): boolean {
  const targets = table.columns.get(table.teacherColumn) as Float64Array;
  const nameAt = (column: FeatureTable['disBasename'], row: number): string | undefined =>
    column?.names[column.codes[row] as number];
  let differing = Math.abs(teacher.length - table.rows);
  for (let row = 0; row < Math.min(teacher.length, table.rows); row++) {
    const isSame =
      teacher[row] === targets[row] &&
      nameAt(source, row) === nameAt(table.source, row) &&
      nameAt(clip, row) === nameAt(table.disBasename, row) &&
      frame?.[row] === table.frameIndex?.[row];
    if (!isSame) differing++;
  }
  if (differing === 0) return true;
  report('METRICS_UNTRUE', 'error', file, {
    expected: `the ${table.rows} rows of the table, with their sources, clips, frames and teacher scores`,
    got: `${teacher.length} rows, of which ${differing} are not those of the table`,
    advice: 'trust neither; run vqforge regenerate --check',
  });
  return false;
}
