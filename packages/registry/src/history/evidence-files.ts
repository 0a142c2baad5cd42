import { MAX_METRICS_BYTES } from '@vqforge/artifact/publishing';
import { orUndefined, parseJson } from '@vqforge/base';
import { join } from 'node:path';
import { EVIDENCE_FILES } from '../journal.ts';
import { digestInside, readInside } from '../bounded-file.ts';

/** One file of a run. */
export interface EvidenceFile {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/**
 * The evidence of a model: the files of `runs/<id>/` when its metrics say that they made exactly this ONNX file, else none.
 *
 * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | TOO_LARGE | UNREADABLE
 */
export async function evidenceOf(
  runs: string | null,
  id: string,
  onnxDigest: string,
): Promise<EvidenceFile[]> {
  if (runs === null) return [];
  const metrics = await readInside(runs, [id, 'metrics.json'], MAX_METRICS_BYTES);
  if (metrics === null || modelOf(metrics) !== onnxDigest) return [];
  const found: EvidenceFile[] = [];
  for (const name of EVIDENCE_FILES) {
    const file = await digestInside(runs, [id, name]);
    if (file !== null) found.push({ name, path: join(runs, id, name), ...file });
  }
  return found;
}

/** Digest of the ONNX file that a run published; null when it says none. */
function modelOf(metrics: Uint8Array): string | null {
  const document = orUndefined(() => parseJson(metrics, { maxBytes: MAX_METRICS_BYTES })) as
    | { artifacts?: { onnx?: unknown } | null }
    | null
    | undefined;
  const onnx = document?.artifacts?.onnx;
  return typeof onnx === 'string' ? onnx : null;
}
