import type { HeadsProgress } from '@vqforge/train';
import { MAX_DOCUMENT_BYTES, readIfPresent, writeDocuments } from '@vqforge/artifact/node';

/** What an epoch shows of training and of the sets held back. */
export interface EpochRecord {
  /** 1-based. */
  readonly epoch: number;
  /** Mean binary cross-entropy of the training triplets, each batch before its step. */
  readonly loss: number;
  /** Share of people on the side of the distances, likewise. */
  readonly accuracy: number;
  /** 2AFC score of the validation sets after the epoch. */
  readonly validation_accuracy: number;
}

interface SavedProgress {
  readonly progress: HeadsProgress;
  readonly epochs: readonly EpochRecord[];
}

const SCHEMA = 'vqforge-heads-progress-v1';

const VECTORS = ['parameters', 'firstMoment', 'secondMoment'] as const;

/** @param key digest of all that training depends on */
export async function saveProgress(path: string, key: string, saved: SavedProgress): Promise<void> {
  const { state } = saved.progress;
  const vectors = VECTORS.map((name) => {
    const { buffer, byteOffset, byteLength } = state[name];
    return [name, Buffer.from(buffer, byteOffset, byteLength).toString('base64')];
  });
  const document = {
    schema: SCHEMA,
    key,
    epochs: saved.epochs,
    state: Object.fromEntries(vectors) as object,
  };
  await writeDocuments([{ path, text: `${JSON.stringify(document)}\n` }]);
}

/** Where a training of the same key stopped; undefined where there is none, or another one's. */
export async function loadProgress(path: string, key: string): Promise<SavedProgress | undefined> {
  const bytes = await readIfPresent(path, MAX_DOCUMENT_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      readonly schema: string;
      readonly key: string;
      readonly epochs: readonly EpochRecord[];
      readonly state: Readonly<Record<(typeof VECTORS)[number], string>>;
    };
    if (document.schema !== SCHEMA || document.key !== key) return undefined;
    const vector = (name: (typeof VECTORS)[number]): Float32Array =>
      new Float32Array(new Uint8Array(Buffer.from(document.state[name], 'base64')).buffer);
    const state = {
      parameters: vector('parameters'),
      firstMoment: vector('firstMoment'),
      secondMoment: vector('secondMoment'),
    };
    const epochs = document.epochs.map(({ epoch, loss, accuracy }) => ({ epoch, loss, accuracy }));
    return { progress: { state, epochs }, epochs: document.epochs };
  } catch {
    // not whole, or not ours: training begins anew and writes it again
    return undefined;
  }
}
