import type { Sidecar } from '@vqforge/artifact';
import { CHANNEL_MEAN, CHANNEL_STD, type LpipsNet, type LpipsVersion } from '@vqforge/export';
import { Lpips, openModel, type Device, type EngineName, type Images } from '@vqforge/runtime';
import { PATCH_SIDE } from './layout.ts';
import { findLpips } from './lpips-models.ts';
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
 * @throws RuntimeError, RegistryError as `openModel`; PipelineError MISSING_WEIGHTS, BAD_NAME
 */
export async function lpipsMetric(options: LpipsMetricOptions): Promise<PatchMetric> {
  const { baseline, net, version, registry, device = 'cpu', engine, allowUnregistered = false } = options;
  const model = options.model ?? (await findLpips(registry, { baseline, net, version }));
  const open = async (): Promise<Lpips> =>
    Lpips.of(
      await openModel({
        registry,
        model,
        device,
        allowUnregistered,
        ...(engine === undefined ? {} : { engine }),
        ...(device === 'cpu' ? { threads: 1 } : {}),
        ownThread: true,
      }),
    );
  const first = await open();
  const sessions = [first];
  for (let more = device === 'cpu' ? options.workers - 1 : 0; more > 0; more--) sessions.push(await open());
  const { id, digest, sidecar, provider, engine: openedEngine } = first.model;
  let turn = 0;
  return {
    description: { ...named(sidecar, options), id, sha256: digest, engine: openedEngine, provider },
    // one run under way and one that waits for it, in each session
    parallel: 2 * sessions.length,
    distances: (comparisons) => run(sessions[turn++ % sessions.length] as Lpips, comparisons),
    close: async () => {
      for (const session of sessions) await session.model.close();
    },
  };
}

/** What the model is, by its sidecar; by what was asked for where it has none. */
function named(
  sidecar: Sidecar | null,
  { baseline, net, version }: LpipsMetricOptions,
): { name: 'lpips' | 'baseline'; net: LpipsNet; version: string } {
  if (sidecar?.task !== 'perceptual_distance') return { name: baseline ? 'baseline' : 'lpips', net, version };
  const name = 'heads' in sidecar.weights ? 'lpips' : 'baseline';
  return { name, net: sidecar.network, version: sidecar.lpips_version };
}

/** One run: of one comparison the reference goes through the network once, of several once per distorted patch. */
async function run(lpips: Lpips, comparisons: readonly Comparison[]): Promise<number[][]> {
  const shape = { height: PATCH_SIDE, width: PATCH_SIDE };
  const distorted = comparisons.flatMap((comparison) => comparison.distorted);
  const references =
    comparisons.length === 1
      ? comparisons.map(({ reference }) => reference)
      : comparisons.flatMap((comparison) => comparison.distorted.map(() => comparison.reference));
  const join = lpips.inputType === 'uint8' ? pixels : planes;
  const scores = await lpips.score(join(references), join(distorted), { ...shape, count: distorted.length });
  let next = 0;
  return comparisons.map((comparison) => comparison.distorted.map(() => scores[next++] as number));
}

const PATCH_PIXELS = PATCH_SIDE * PATCH_SIDE;

function pixels(patches: readonly Uint8Array[]): Images {
  const joined = new Uint8Array(3 * PATCH_PIXELS * patches.length);
  patches.forEach((patch, at) => joined.set(patch, 3 * PATCH_PIXELS * at));
  return joined;
}

/** Per channel, what each byte is after ImageNet's normalisation. */
const NORMALISED = [0, 1, 2].map((channel) =>
  Float32Array.from(
    { length: 256 },
    (_, byte) => (byte / 255 - (CHANNEL_MEAN[channel] as number)) / (CHANNEL_STD[channel] as number),
  ),
);

/** [n, 64, 64, 3] bytes to [n, 3, 64, 64] ImageNet-normalised values. */
function planes(patches: readonly Uint8Array[]): Images {
  const joined = new Float32Array(3 * PATCH_PIXELS * patches.length);
  patches.forEach((patch, at) => {
    for (const [channel, values] of NORMALISED.entries()) {
      const start = (3 * at + channel) * PATCH_PIXELS;
      for (let pixel = 0; pixel < PATCH_PIXELS; pixel++)
        joined[start + pixel] = values[patch[3 * pixel + channel] as number] as number;
    }
  });
  return joined;
}
