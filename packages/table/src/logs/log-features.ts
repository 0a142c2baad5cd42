import { closestNames, counted } from '@vqforge/base';
import { TableError } from '../errors.ts';
import { excerpt } from './excerpt.ts';
import { metricName } from './metric-names.ts';
import type { VmafLog } from './vmaf-log.ts';

/**
 * Values of a log in the order that a model wants them. A feature is found under its own name or under any of libvmaf's
 * spellings of it; scores are features here too (`featuresOf(log, ['vmaf'])`).
 *
 * @param features names as in a feature table: adm2, vif_scale0, …
 * @returns [N, F], row by row, every value finite
 * @throws TableError MISSING_METRIC | AMBIGUOUS_METRIC | INVALID_VALUES, each naming everything that is wrong
 * @see metricName
 * @example featuresOf(await readVmafLog('vmaf.json'), ['adm2', 'motion2']); // => Float64Array [0.93, 3.9, …], two values a frame
 */
export function featuresOf(log: VmafLog, features: readonly string[]): Float64Array {
  const columns = features.map((feature) => spellingsOf(log, feature));
  const absent = features.filter((_, i) => columns[i]!.length === 0);
  const problems = [missing(log, absent), ambiguous(features, columns), invalid(log, columns.flat())].filter(
    (problem) => problem !== undefined,
  );
  const [first] = problems;
  if (first !== undefined) {
    const message = problems.map(({ text }) => text).join('; ');
    throw new TableError(first.code, `${log.name}: ${message}`);
  }
  const values = new Float64Array(log.frames.length * features.length);
  columns.forEach(([spelling], column) => {
    log.metrics.get(spelling!)!.forEach((value, row) => (values[row * features.length + column] = value));
  });
  return values;
}

/** The features that a log has in every frame and under one spelling, without the ones it measured in part. */
export function completeFeatures(log: VmafLog): string[] {
  const names = new Set([...log.metrics.keys()].map(metricName));
  return [...names].filter((name) => {
    const [spelling, ...others] = spellingsOf(log, name);
    return others.length === 0 && !log.metrics.get(spelling!)!.some(Number.isNaN);
  });
}

/** A feature may also be asked for by a spelling of its own, where the log has it under several. */
function spellingsOf({ metrics }: VmafLog, feature: string): string[] {
  if (metrics.has(feature) && metricName(feature) !== feature) return [feature];
  return [...metrics.keys()].filter((spelling) => metricName(spelling) === feature);
}

interface Problem {
  readonly code: 'MISSING_METRIC' | 'AMBIGUOUS_METRIC' | 'INVALID_VALUES';
  readonly text: string;
}

function missing({ metrics }: VmafLog, features: readonly string[]): Problem | undefined {
  if (features.length === 0) return undefined;
  const names = [...metrics.keys()];
  const text = features.map((feature) => {
    const withOptions = names.filter((name) => metricName(name).startsWith(`${feature}_`));
    const near = [...new Set([...withOptions, ...closestNames(feature, names.map(metricName))])];
    const shown = near.slice(0, 3).map((name) => excerpt(name));
    return near.length === 0 ? feature : `${feature} (it has ${shown.join(', ')})`;
  });
  const problem = `it has no ${text.join(', no ')}; have vmaf measure what is missing`;
  return { code: 'MISSING_METRIC', text: problem };
}

function ambiguous(features: readonly string[], columns: readonly string[][]): Problem | undefined {
  const text = features.flatMap((feature, i) =>
    columns[i]!.length > 1
      ? [`${feature} is in it as ${columns[i]!.map((name) => excerpt(name)).join(' and as ')}`]
      : [],
  );
  if (text.length === 0) return undefined;
  return { code: 'AMBIGUOUS_METRIC', text: `${text.join(', ')}, expected one of them` };
}

function invalid(log: VmafLog, spellings: readonly string[]): Problem | undefined {
  const text = spellings.flatMap((spelling) => {
    const column = log.metrics.get(spelling)!;
    const rows = [...column.keys()].filter((row) => Number.isNaN(column[row]));
    if (rows.length === 0) return [];
    const frames = rows.slice(0, 3).map((row) => log.frames[row]);
    return [
      `${excerpt(spelling)} has no finite value in ${counted(rows.length, 'frame')} (first ${frames.join(', ')})`,
    ];
  });
  return text.length === 0 ? undefined : { code: 'INVALID_VALUES', text: text.join(', ') };
}
