import { basename } from 'node:path';
import { sha256 } from '@vqforge/base';
import { type Document, stageDocuments, type WorkspaceFolders } from '@vqforge/artifact/node';
import { publish } from '@vqforge/registry/publishing';
import { PipelineError } from './errors.ts';
import { type OutputPaths, runsOf } from './output-paths.ts';
import type { RunFile } from './run-documents.ts';

/** A model that is to be pinned. */
interface ModelFiles {
  readonly paths: OutputPaths;
  readonly folders: WorkspaceFolders;
  readonly onnx: Uint8Array;
  readonly sidecar: Uint8Array;
  /** The model card. */
  readonly card: string | Uint8Array;
  /** False for a model of which weights are others' work: it is pinned, and each user makes it. Default: as its entry says. */
  readonly shipped?: boolean;
  /** Leave to replace a model that is no rebuild of the same things. */
  readonly replace: boolean;
  /** Documents of the run, in the order in which they get their names. Default: none. */
  readonly evidence?: readonly Document[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Publishes a model with its evidence: that is on disk before the publish and gets its names after it, so that neither
 * is there without the other.
 *
 * @returns every file that was written, and what earlier, killed publishers had left behind
 * @throws PipelineError INTERRUPTED; ArtifactError UNWRITABLE; RegistryError as `publish`
 */
export async function publishModel(
  model: ModelFiles,
): Promise<{ readonly written: readonly RunFile[]; readonly recovered: readonly string[] }> {
  const { paths, onnx, sidecar, card, evidence = [], shipped } = model;
  const staged = await stageDocuments(evidence);
  try {
    if (model.signal?.aborted === true)
      throw new PipelineError('INTERRUPTED', 'interrupted before the publish; the registry is as it was');
    const { digests, recovered } = await publish({
      registry: paths.registry,
      onnx: { name: basename(paths.onnx), bytes: onnx },
      sidecar,
      card: Buffer.from(card),
      ...(shipped === undefined ? {} : { shipped }),
      replace: model.replace,
      ...runsOf(paths.registry, model.folders),
    });
    await staged.commit();
    return {
      written: [
        { path: paths.onnx, sha256: digests.onnx },
        { path: paths.sidecar, sha256: digests.sidecar },
        digestOf({ path: paths.card, text: card }),
        { path: paths.registry, sha256: digests.registry },
        ...evidence.map(digestOf),
      ],
      recovered: recovered.map(({ detail }) => detail),
    };
  } finally {
    await staged.discard();
  }
}

/** The path of a document with the SHA-256 of its text, as runs list what they wrote. */
export function digestOf({ path, text }: Document): RunFile {
  return { path, sha256: sha256(text) };
}
