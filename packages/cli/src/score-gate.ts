import { InvalidArgumentError } from 'commander';
import type { ScoreDocument } from '@vqforge/score';
import { numberFlag } from './flag-values.ts';
import { UsageError } from './usage-error.ts';

/** The worst pooled mean of a metric that passes. */
export interface QualityFloor {
  /** A metric, or `lpips` for the distances of all renditions of a ladder. */
  readonly metric: string;
  readonly value: number;
}

/** Parses and collects `metric=value`. */
export function floorFlag(text: string, earlier: readonly QualityFloor[] = []): readonly QualityFloor[] {
  const [, metric, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (metric === undefined || value === undefined)
    throw new InvalidArgumentError('expected a metric, = and a number, such as lpips=0.15.');
  return [...earlier, { metric, value: numberFlag(value) }];
}

/**
 * Lists the metrics of a score document that miss their floors, a line each: a score whose mean is lower, a distance whose mean is higher.
 * @throws UsageError on a metric that the document does not have
 */
export function belowFloors(document: ScoreDocument, floors: readonly QualityFloor[]): string[] {
  return floors.flatMap(({ metric, value }) => {
    const names = metricsNamed(document, metric);
    return names.flatMap((name) => {
      const { mean } = document.pooled_metrics[name] as { mean: number };
      const isDistance = distances(document).has(name);
      if (isDistance ? mean <= value : mean >= value) return [];
      return [`${name} is ${mean}, ${isDistance ? 'more' : 'less'} than the ${value} of --fail-below`];
    });
  });
}

function metricsNamed(document: ScoreDocument, metric: string): string[] {
  const names = Object.keys(document.pooled_metrics);
  if (names.includes(metric)) return [metric];
  const ladder = names.filter(
    (name) => /^\d+$/.test(name.slice(metric.length + 1)) && name.startsWith(`${metric}_`),
  );
  if (ladder.length > 0) return ladder;
  throw new UsageError(`--fail-below: no metric ${metric} was scored, expected one of ${names.join(', ')}`);
}

function distances({ models }: ScoreDocument): ReadonlySet<string> {
  return new Set(models.filter(({ kind }) => kind === 'lpips').flatMap(({ metrics }) => metrics));
}
