import { isOfFamily, type Sidecar } from '@vqforge/artifact';
import type { LpipsNet, LpipsVersion } from '@vqforge/export';
import { Lpips, type Device, type EngineName } from '@vqforge/runtime';
import { openModel, type OpenModelOptions } from '@vqforge/runtime/node';
import { findLpips } from './lpips-models.ts';
import { CALLS_PER_SESSION, LpipsPool } from './lpips-pool.ts';
import type { PackedComparisons } from './lpips-run.ts';
import type { Comparison, PatchMetric } from './patch-metric.ts';

export interface LpipsMetricOptions {
  /** Without heads: every channel counts alike. */
  readonly baseline: boolean;
  readonly net: LpipsNet;
  readonly version: LpipsVersion;
  /** Folder of the registry. */
  readonly registry: string;
  /** Id or path; default: the model of the registry with this net, version and kind of heads. */
  readonly model?: string;
  readonly allowUnregistered?: boolean;
  readonly device?: Device;
  readonly engine?: EngineName;
  /** Sessions, each with a thread of its own; more than one only on the CPU. */
  readonly workers: number;
}

/**
 * LPIPS by an exported model, opened as for scoring: verified, and run from the verified bytes. Small images gain
 * nothing from several threads in one run, so that there are several sessions of one thread instead.
 *
 * @throws RuntimeError, RegistryError as `openModel`; BappsError MISSING_WEIGHTS, BAD_NAME
 */
export async function lpipsMetric(options: LpipsMetricOptions): Promise<PatchMetric> {
  const { baseline, net, version, registry, device = 'cpu', engine, allowUnregistered = false } = options;
  const choice: OpenModelOptions = {
    registry,
    model: options.model ?? (await findLpips(registry, { baseline, net, version })),
    device,
    allowUnregistered,
    ...(engine === undefined ? {} : { engine }),
    ...(device === 'cpu' ? { threads: 1 } : {}),
  };
  // here first: what is wrong with the model is said before any thread starts
  const opened = await openModel(choice);
  const { id, digest, sidecar, provider } = Lpips.of(opened).model;
  await opened.close();
  const size = device === 'cpu' ? options.workers : 1;
  const pool = new LpipsPool({ model: choice, isJoined: device !== 'cpu' }, size);
  return {
    description: { ...named(sidecar, options), id, sha256: digest, engine: opened.engine, provider },
    parallel: CALLS_PER_SESSION * size,
    distances: async (comparisons) => perComparison(comparisons, await pool.run(packed(comparisons))),
    close: () => pool.close(),
  };
}

/** What the model is, by its sidecar; by what was asked for where it has none. */
function named(
  sidecar: Sidecar | null,
  { baseline, net, version }: LpipsMetricOptions,
): { name: 'lpips' | 'baseline'; net: LpipsNet; version: string } {
  if (!isOfFamily('lpips', sidecar)) return { name: baseline ? 'baseline' : 'lpips', net, version };
  const name = 'heads' in sidecar.weights ? 'lpips' : 'baseline';
  return { name, net: sidecar.network, version: sidecar.lpips_version };
}

function packed(comparisons: readonly Comparison[]): PackedComparisons {
  const distinct = comparisons.map(({ distorted }) =>
    distorted.filter((_, at) => firstEqual(distorted, at) === at),
  );
  const patches = comparisons.flatMap(({ reference }, at) => [reference, ...(distinct[at] as Uint8Array[])]);
  const pixels = new Uint8Array(patches.reduce((length, patch) => length + patch.length, 0));
  let at = 0;
  for (const patch of patches) {
    pixels.set(patch, at);
    at += patch.length;
  }
  return { pixels, counts: distinct.map(({ length }) => length) };
}

/**
 * Equal patches have one distance: two images of a run may differ in its last bit even when they are the same, and a tie
 * would be decided by chance.
 */
function firstEqual(patches: readonly Uint8Array[], at: number): number {
  return patches.findIndex((patch) => Buffer.compare(patch, patches[at] as Uint8Array) === 0);
}

function perComparison(comparisons: readonly Comparison[], distances: Float32Array): number[][] {
  let next = 0;
  return comparisons.map(({ distorted }) => {
    const ofPatch: number[] = [];
    for (const at of distorted.keys()) {
      const first = firstEqual(distorted, at);
      ofPatch.push(first < at ? (ofPatch[first] as number) : (distances[next++] as number));
    }
    return ofPatch;
  });
}
