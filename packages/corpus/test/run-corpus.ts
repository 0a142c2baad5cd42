import {
  completeMeasurement,
  CorpusFolder,
  haveEndedIn,
  queueRunner,
  queueUrl,
  runCorpus,
  type CorpusRunOptions,
  type CorpusRunResult,
  type MeasurementRequest,
} from '@vqforge/corpus';
import { inventedModel, modelBytes } from '../../../testing/invented-teacher.ts';

/** A teacher of invented numbers. */
export const TEACHER = { bytes: modelBytes(inventedModel()), model: 'invented' };

interface Changes extends Partial<Omit<CorpusRunOptions, 'manifest' | 'folder' | 'measurement' | 'teacher'>> {
  readonly measured?: MeasurementRequest;
  /** The address of a queue. */
  readonly queue?: string;
}

/** A run in one process, or by the workers of a queue. */
export async function run(
  manifest: string,
  out: string,
  { measured = {}, queue, ...changes }: Changes = {},
): Promise<CorpusRunResult> {
  const folder = new CorpusFolder(out);
  return runCorpus({
    manifest,
    folder,
    ...(await completeMeasurement(measured)),
    ...(measured.teacher === undefined ? {} : { teacher: measured.teacher.bytes }),
    workers: 1,
    attempts: 2,
    timeoutMs: 60_000,
    ...(queue === undefined
      ? {}
      : { runner: () => queueRunner({ place: queueUrl(queue), haveEnded: haveEndedIn(folder) }) }),
    ...changes,
  });
}
