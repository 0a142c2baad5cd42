import { CodedError } from '@vqforge/base';
import { formatHeadsProgress, parseHeadsProgress, type HeadsEpochRecord } from '@vqforge/artifact';
import { MAX_DOCUMENT_BYTES, readIfPresent, writeDocuments } from '@vqforge/artifact/node';
import type { HeadsProgress } from '@vqforge/train';

interface SavedProgress {
  readonly progress: HeadsProgress;
  readonly epochs: readonly HeadsEpochRecord[];
}

/**
 * Writes the epochs done so far, for an interrupted training to go on from.
 *
 * @param key digest of all that training depends on
 */
export async function saveProgress(path: string, key: string, saved: SavedProgress): Promise<void> {
  const { parameters, firstMoment, secondMoment } = saved.progress.state;
  const state = {
    parameters: base64(parameters),
    firstMoment: base64(firstMoment),
    secondMoment: base64(secondMoment),
  };
  await writeDocuments([{ path, text: formatHeadsProgress({ key, epochs: saved.epochs, state }) }]);
}

/** Loads where a training of the same key stopped; undefined where there is none, or one of another key. */
export async function loadProgress(path: string, key: string): Promise<SavedProgress | undefined> {
  const bytes = await readIfPresent(path, MAX_DOCUMENT_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const saved = parseHeadsProgress(bytes);
    if (saved.key !== key) return undefined;
    const state = {
      parameters: float32s(saved.state.parameters),
      firstMoment: float32s(saved.state.firstMoment),
      secondMoment: float32s(saved.state.secondMoment),
    };
    const epochs = saved.epochs.map(({ epoch, loss, accuracy }) => ({ epoch, loss, accuracy }));
    return { progress: { state, epochs }, epochs: saved.epochs };
  } catch (error) {
    // damaged, or of another version: training begins anew and writes it again
    if (error instanceof CodedError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** @throws RangeError when the bytes are no whole number of values */
function float32s(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
}
