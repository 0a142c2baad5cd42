import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { formatCorpusRun, parseCorpusRun, type CorpusRun } from '@vqforge/artifact';
import { makeFolder, readIfPresent, requireSafeOutputs, writeDocuments } from '@vqforge/artifact/node';
import { DeadLetters } from './dead-letter-files.ts';
import { CorpusError } from './errors.ts';
import { readCorpusManifest, type ManifestFile } from './manifest-file.ts';
import type { PairSetup } from './pair-job.ts';
import { ResultStore } from './result-store-files.ts';

const MAX_RUN_BYTES = 2 ** 20;

/** A run as its folder records it. */
export interface RecordedRun {
  readonly run: CorpusRun;
  readonly manifest: ManifestFile;
  /** The folder that paths of clips are relative to; absolute. */
  readonly root: string;
}

/** The folder that a corpus is worked off in. Machines that share it share the work. */
export class CorpusFolder {
  readonly path: string;
  readonly store: ResultStore;
  readonly letters: DeadLetters;
  readonly digests: string;
  readonly table: string;

  constructor(path: string) {
    this.path = resolve(path);
    this.store = new ResultStore(join(this.path, 'results'));
    this.letters = new DeadLetters(join(this.path, 'dead-letters'));
    this.digests = join(this.path, 'digests');
    this.table = join(this.path, 'features.parquet');
  }

  /** Where the teacher's model file of a run lies, for machines that have none. */
  teacherFile(sha256Hex: string): string {
    return join(this.path, 'models', `${sha256Hex}.json`);
  }

  /**
   * Records what a run is about, with a copy of its manifest. Shares of one corpus write the same.
   *
   * @param manifestPath of the manifest; what its paths are relative to is its folder
   * @throws ArtifactError BAD_OUTPUT | UNWRITABLE
   */
  async record(
    manifest: ManifestFile,
    manifestPath: string,
    { measurement, identity }: Pick<CorpusRun, 'measurement' | 'identity'>,
    teacher?: Uint8Array,
  ): Promise<CorpusRun> {
    const file = `corpus.${manifest.format}`;
    const copy = join(this.path, file);
    await makeFolder(this.path);
    const isItself = resolve(manifestPath) === copy;
    await requireSafeOutputs({
      outputs: [
        { path: join(this.path, 'corpus.json'), flag: '--out', kind: 'json', role: 'document' },
        { path: this.table, flag: '--out', kind: 'parquet', role: 'document' },
      ],
      inputs: [manifestPath],
    });
    const before = await this.#recorded();
    const run: CorpusRun = {
      schema: 'vqforge/corpus-run-v1',
      manifest: {
        file,
        sha256: manifest.sha256,
        root: this.#rootOf(manifestPath, isItself, before),
      },
      measurement,
      identity,
      // no other corpus shares it, whatever the server is shared with
      queue: before?.queue ?? `vqforge-corpus-${randomBytes(8).toString('hex')}`,
    };
    if (teacher !== undefined && measurement.teacher !== null) {
      await makeFolder(join(this.path, 'models'));
      await writeDocuments([{ path: this.teacherFile(measurement.teacher.sha256), text: teacher }]);
    }
    await writeDocuments([
      ...(isItself ? [] : [{ path: copy, text: manifest.bytes }]),
      { path: join(this.path, 'corpus.json'), text: formatCorpusRun(run) },
    ]);
    return run;
  }

  /** @throws CorpusError NO_RUN; BAD_MANIFEST where the copy is not the recorded one */
  async recorded(): Promise<RecordedRun> {
    const run = await this.#recorded();
    if (run === undefined) {
      const isFolder = (await stat(this.path).catch(() => undefined))?.isDirectory() === true;
      throw new CorpusError(
        'NO_RUN',
        `${this.path} ${isFolder ? 'has no corpus.json' : 'is no folder'}: name the folder that vqforge corpus run --out wrote`,
      );
    }
    const path = join(this.path, run.manifest.file);
    const manifest = await readCorpusManifest(path);
    if (manifest.sha256 !== run.manifest.sha256)
      throw new CorpusError(
        'BAD_MANIFEST',
        `${path} has sha256 ${manifest.sha256}, corpus.json says ${run.manifest.sha256}; run the corpus again`,
      );
    return { run, manifest, root: resolve(this.path, run.manifest.root) };
  }

  /** What a process needs that measures pairs of the run. */
  setup({ measurement, identity }: CorpusRun, root: string, lpips: PairSetup['lpips']): PairSetup {
    const { teacher } = measurement;
    return {
      root,
      results: this.store.folder,
      measurement,
      identity,
      teacherFile: teacher === null ? null : this.teacherFile(teacher.sha256),
      lpips,
    };
  }

  async #recorded(): Promise<CorpusRun | undefined> {
    const bytes = await readIfPresent(join(this.path, 'corpus.json'), MAX_RUN_BYTES);
    return bytes === undefined ? undefined : parseCorpusRun(bytes);
  }

  #rootOf(manifestPath: string, isItself: boolean, before: CorpusRun | undefined): string {
    // the copy in this folder speaks of the clips where the first manifest was
    if (isItself && before !== undefined) return before.manifest.root;
    const root = relative(this.path, resolve(manifestPath, '..'));
    return root === '' ? '.' : root.split(sep).join('/');
  }
}
