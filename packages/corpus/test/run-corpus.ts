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

const OPTIONS: MeasurementRequest = {
  motion: 'v3.2',
  neg: false,
  additive: false,
  psnr: false,
  scale: false,
  subsample: 1,
};

interface Changes extends Partial<Omit<CorpusRunOptions, 'manifest' | 'folder' | 'measurement' | 'teacher'>> {
  readonly measured?: Partial<MeasurementRequest>;
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
    ...(await completeMeasurement({ ...OPTIONS, ...measured })),
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
