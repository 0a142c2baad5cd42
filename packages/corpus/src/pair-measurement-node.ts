import type { CorpusResult } from '@vqforge/artifact';
import { readIfPresent } from '@vqforge/artifact/node';
import { sha256 } from '@vqforge/base';
import { NEG_OPTIONS, SvrTeacher } from '@vqforge/features';
import type { Lpips } from '@vqforge/runtime';
import {
  extractClips,
  featureRowsOf,
  openTensorSource,
  scoreFrames,
  type ExtractRequest,
  type TeacherRequest,
} from '@vqforge/score';
import { clipState, digestClip, requireState } from './clip-digest-files.ts';
import { CorpusError } from './errors.ts';
import { pairIdentity } from './job-identity.ts';
import type { JobClip, PairJob, PairSetup } from './pair-job.ts';

const MAX_TEACHER_BYTES = 2 ** 24;

const NO_MODEL = { registry: '', model: null, allowUnregistered: false };

type Columns = CorpusResult['columns'];
type PairClips = Pick<ExtractRequest, 'reference' | 'distorted' | 'raw'>;

/** Measures pairs of one run, with its models open from the first pair to the last. */
export class PairMeasurer {
  readonly #setup: PairSetup;
  #teacher: Promise<TeacherRequest> | undefined;
  #lpips: Promise<Lpips> | undefined;

  constructor(setup: PairSetup) {
    this.#setup = setup;
  }

  /**
   * Measures every frame of a pair, whose paths are relative to where the process stands. The clips must hold what the job says,
   * before and after.
   *
   * @throws CorpusError CHANGED_CLIP | MISSING_CLIP | NOT_FINITE; VideoError | FeaturesError | ScoreError of the clips
   */
  async measure({ reference, distorted, raw }: PairJob): Promise<CorpusResult> {
    const { measurement, identity } = this.#setup;
    const [ref, dist] = [reference.path, distorted.path];
    const clips = { reference: ref, distorted: [dist], ...(raw === undefined ? {} : { raw }) };
    const states = [await requireContent(reference), await requireContent(distorted)];
    const { frames, columns } = await this.#features(clips);
    const lpips = measurement.lpips === null ? [] : [await this.#distances(clips, frames)];
    await requireState(ref, states[0] as string);
    await requireState(dist, states[1] as string);
    const all = [...columns.filter(isFeature), ...lpips, ...columns.filter((column) => !isFeature(column))];
    for (const { name, values } of all) requireFinite(dist, name, values);
    return {
      schema: 'vqforge/corpus-result-v1',
      identity: pairIdentity(identity, reference.sha256, distorted.sha256, raw),
      frames,
      columns: all,
    };
  }

  async #features(clips: PairClips): Promise<{ frames: number[]; columns: Columns }> {
    const { motion, neg, additive, psnr, scale, subsample, teacher } = this.#setup.measurement;
    const request = teacher === null ? undefined : await (this.#teacher ??= this.#readTeacher(teacher));
    const extracted = await extractClips({
      ...clips,
      selection: { skipReference: 0, skipDistorted: 0, subsample },
      scale,
      psnr,
      options: { ...(neg ? NEG_OPTIONS : {}), motion, additive },
      threads: 'caller',
      version: '',
      now: () => 0,
      ...(request === undefined ? {} : { teacher: request }),
    });
    // a table holds whole clips only
    if (extracted.clips.failure !== undefined) throw extracted.clips.failure;
    const [rows = []] = featureRowsOf(extracted, '', request);
    return {
      frames: extracted.clips.frames.map(({ frameNum }) => frameNum),
      columns: rows
        .filter(({ type }) => type === 'float64')
        .map(({ name, values }) => ({ name, values: Array.from(values as ArrayLike<number>) })),
    };
  }

  async #distances(clips: PairClips, frames: readonly number[]): Promise<Columns[number]> {
    const { subsample, scale } = this.#setup.measurement;
    const lpips = await (this.#lpips ??= this.#openLpips());
    const source = await openTensorSource({
      ...clips,
      selection: { skipReference: 0, skipDistorted: 0, subsample },
      colour: {},
      scale,
    });
    try {
      const scored = await scoreFrames(source, lpips, {});
      if (scored.failure !== undefined) throw scored.failure;
      if (scored.frames.length !== frames.length)
        throw new CorpusError(
          'FAILED',
          `${clips.distorted[0]}: LPIPS has ${scored.frames.length} frames, the features ${frames.length}`,
        );
      return { name: 'lpips', values: Array.from(scored.columns.get('lpips') ?? []) };
    } finally {
      await source.close();
    }
  }

  async #readTeacher({ model, sha256: wanted }: { model: string; sha256: string }): Promise<TeacherRequest> {
    const path = this.#setup.teacherFile ?? '';
    const bytes = await readIfPresent(path, MAX_TEACHER_BYTES);
    const found = bytes === undefined ? 'missing' : sha256(bytes);
    if (bytes === undefined || found !== wanted)
      throw new CorpusError(
        'FAILED',
        `teacher ${path} is ${found}, expected sha256 ${wanted}; run the corpus again`,
      );
    return { teacher: SvrTeacher.read(bytes, model), name: 'vmaf', model, sha256: wanted };
  }

  async #openLpips(): Promise<Lpips> {
    const { measurement } = this.#setup;
    const lpips = this.#setup.lpips ?? NO_MODEL;
    const { openLpips } = await import('@vqforge/runtime/node');
    const opened = await openLpips({
      registry: lpips.registry,
      engine: 'wasm',
      threads: 1,
      allowUnregistered: lpips.allowUnregistered,
      ...(lpips.model === null ? {} : { model: lpips.model }),
    });
    if (opened.model.digest !== measurement.lpips?.sha256)
      throw new CorpusError(
        'FAILED',
        `LPIPS model ${opened.model.path} has sha256 ${opened.model.digest}, the run wants ${measurement.lpips?.sha256}; give --registry with that model`,
      );
    return opened;
  }
}

/** The state of a clip that holds what it must. @throws CorpusError CHANGED_CLIP | MISSING_CLIP */
async function requireContent({ path, sha256: wanted, state }: JobClip): Promise<string> {
  const now = await clipState(path);
  // the file is as it was when its digest was taken
  if (now === state) return now;
  const found = await digestClip(path);
  if (found.sha256 === wanted) return found.state;
  throw new CorpusError(
    'CHANGED_CLIP',
    `clip ${path} has sha256 ${found.sha256}, expected ${wanted}: restore it, or run the corpus again for what it is now`,
  );
}

function isFeature({ name }: Columns[number]): boolean {
  return name !== 'vmaf' && name !== 'vmaf_unclipped';
}

function requireFinite(path: string, name: string, values: readonly number[]): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at !== -1)
    throw new CorpusError(
      'NOT_FINITE',
      `${path}: ${name} of frame ${at} is ${values[at]}, which a table does not hold`,
    );
}
