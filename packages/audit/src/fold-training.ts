import { randomInt } from 'node:crypto';
import type { AgreementMetrics, RegressorSidecar } from '@vqforge/artifact';
import { CodedError } from '@vqforge/base';
import type { Report } from '@vqforge/registry';
import type { Evidence } from './evidence.ts';
import { compareAgreement } from './predictions.ts';

/** How an audit trains some folds of each regressor again. */
export interface FoldTraining {
  /** How many folds of each model; all of them where it has fewer. */
  readonly folds: number;
  /**
   * Trains a model as its sidecar records, once without each of some sources, and measures it there.
   *
   * @throws CodedError NOT_REPRODUCIBLE where the bits depend on the machine or an input is missing; INTERRUPTED
   */
  readonly train: (
    sidecar: RegressorSidecar,
    sources: readonly string[],
  ) => Promise<ReadonlyMap<string, AgreementMetrics>>;
}

/**
 * Folds of a run against the same folds trained again. Which ones is drawn anew by each audit, so that an author of false numbers
 * cannot know where they are looked at.
 *
 * @param evidence undefined where the table or the run's metrics are not here
 * @returns the sources whose folds were trained
 */
export async function auditFoldTraining(
  sidecar: RegressorSidecar,
  file: string,
  evidence: Evidence | undefined,
  { folds, train }: FoldTraining,
  report: Report,
): Promise<readonly string[]> {
  const notRetrained = (severity: 'error' | 'warning', got: string): void =>
    report('NOT_RETRAINED', severity, file, {
      expected: 'folds that can be trained again, as --retrain-folds asks for',
      got,
      advice:
        'bring the dataset and the metrics of the run here, or take the numbers for what they are: unproven',
    });
  if (evidence === undefined) {
    notRetrained('warning', 'no table, or no metrics of the run that made the model');
    return [];
  }
  const said = new Map(Object.entries(evidence.metrics.loso.per_fold));
  const chosen = drawn([...said.keys()], folds);
  try {
    const again = await train(sidecar, chosen);
    for (const [source, found] of again) {
      const what = `of fold ${source}, trained again`;
      compareAgreement(what, said.get(source) as AgreementMetrics, found, 0, evidence.path, report);
    }
    return chosen;
  } catch (error) {
    if (!(error instanceof CodedError) || error.code === 'INTERRUPTED') throw error;
    notRetrained(error.code === 'NOT_REPRODUCIBLE' ? 'warning' : 'error', `${error.code}: ${error.message}`);
    return [];
  }
}

/** Some of the names, each equally likely, in order. */
function drawn(names: readonly string[], count: number): string[] {
  const left = [...names];
  while (left.length > count) left.splice(randomInt(left.length), 1);
  return left.sort((a, b) => (a < b ? -1 : 1));
}
