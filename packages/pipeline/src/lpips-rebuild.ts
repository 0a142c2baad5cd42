import type { DistanceSidecar } from '@vqforge/artifact';
import type { Json } from '@vqforge/base';
import { contentDigest, type LpipsModelOptions, type StateDict } from '@vqforge/export';
import { MAX_DOCUMENT_BYTES } from '@vqforge/artifact/node';
import { PipelineError } from './errors.ts';
import { buildLpips } from './lpips-export.ts';
import { TRAIN_COMMAND, type HeadsLineage, type LpipsChoice } from './lpips-sidecar.ts';
import type { MissingInput, Rebuilt } from './regenerate.ts';
import { findTensors } from '@vqforge/weights';

export interface RebuildLpipsOptions {
  /** Folders that are searched for files with the weights. */
  readonly from: readonly string[];
  readonly version: string;
}

/**
 * Makes a pinned LPIPS graph again from the weights that its sidecar names by their content.
 * @throws PipelineError NOT_REPRODUCIBLE when its provenance does not say how it was made
 */
export async function rebuildLpips(
  sidecar: DistanceSidecar,
  { from, version }: RebuildLpipsOptions,
): Promise<Rebuilt | { readonly missing: readonly MissingInput[] }> {
  const choice = choiceOf(sidecar);
  const found = new Map<string, StateDict>();
  const missing: MissingInput[] = [];
  for (const [role, digest] of Object.entries(sidecar.weights)) {
    const { net } = choice;
    const tensors = await findTensors(
      from,
      { net, role: role as 'trunk' | 'heads' },
      (candidate) => contentDigest(candidate) === digest,
    );
    if (tensors === undefined)
      missing.push({ role: `${role} for ${net} (vqforge weights pull ${net})`, digest });
    else found.set(role, tensors);
  }
  if (missing.length > 0) return { missing };
  const model: LpipsModelOptions = {
    ...choice,
    trunk: found.get('trunk') as StateDict,
    heads: found.get('heads') ?? null,
  };
  return buildLpips({
    id: sidecar.id,
    model,
    choice,
    name: sidecar.onnx,
    version,
    maxBytes: MAX_DOCUMENT_BYTES,
    lineage: lineageOf(sidecar, choice),
  });
}

/** Heads that were trained are made again from their file: how they came about is taken from the pinned sidecar. */
function lineageOf(
  { run_provenance: { entrypoint, args, inputs = {} }, weight_sources: sources }: DistanceSidecar,
  choice: LpipsChoice,
): HeadsLineage | undefined {
  if (!('command' in entrypoint) || entrypoint.command !== TRAIN_COMMAND || sources['heads'] === undefined)
    return undefined;
  const { trunk: _, ...read } = inputs;
  return {
    command: TRAIN_COMMAND,
    args: Object.fromEntries(Object.entries(args).filter(([key]) => !Object.hasOwn(choice, key))),
    inputs: read as Record<string, string>,
    source: sources['heads'],
  };
}

function choiceOf({ id, run_provenance: { args } }: DistanceSidecar): LpipsChoice {
  const one = <T extends Json>(key: string, values: readonly T[]): T => {
    const value = values.find((candidate) => candidate === args[key]);
    if (value !== undefined) return value;
    throw new PipelineError(
      'NOT_REPRODUCIBLE',
      `${id} has ${key} ${JSON.stringify(args[key] ?? null)} in its provenance, expected one of ${JSON.stringify(values)}; it was not made by vqforge export lpips`,
    );
  };
  return {
    net: one('net', ['squeeze', 'alex', 'vgg']),
    version: one('version', ['0.1', '0.0']),
    baseline: one('baseline', [false, true]),
    maps: one('maps', [false, true]),
    input: one('input', ['float32', 'uint8']),
    opset: one('opset', [17, 18]),
  };
}
