import type { CorpusMeasurement } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { kernelsDigest } from '@vqforge/features';
import { libswscaleVersion } from '@vqforge/media/node';
import type { MeasuringEngines } from './job-identity.ts';
import type { PairSetup } from './pair-job.ts';

/** The measurement of a pair where nothing else is asked for: what `vmaf_v0.6.1` takes, of every frame. */
const DEFAULTS = {
  motion: 'v3.2',
  neg: false,
  additive: false,
  psnr: false,
  scale: false,
  subsample: 1,
} as const;

/** The measurement that is asked for of every pair, where it is not the default one. */
export interface MeasurementRequest extends Partial<Pick<CorpusMeasurement, keyof typeof DEFAULTS>> {
  /** A model file of libvmaf, and what the table calls it. */
  readonly teacher?: { readonly bytes: Uint8Array; readonly model: string };
  /** Where the LPIPS model is looked for. */
  readonly lpips?: NonNullable<PairSetup['lpips']>;
}

/**
 * A request with the digests of its models and the engines that compute: what the ids of jobs are made of. The LPIPS model is opened
 * once for that, and closed.
 *
 * @throws RuntimeError | RegistryError of an LPIPS model that does not open; VideoError FFMPEG_MISSING where `scale` needs ffmpeg
 */
export async function completeMeasurement({ teacher, lpips, ...options }: MeasurementRequest): Promise<{
  readonly measurement: CorpusMeasurement;
  readonly engines: MeasuringEngines;
}> {
  const opened = lpips === undefined ? undefined : await openedLpips(lpips);
  return {
    measurement: {
      ...DEFAULTS,
      ...options,
      teacher: teacher === undefined ? null : { model: teacher.model, sha256: sha256(teacher.bytes) },
      lpips: opened?.model ?? null,
    },
    engines: {
      kernels: kernelsDigest(),
      ...(opened === undefined ? {} : { lpips: opened.engine }),
      ...(options.scale === true
        ? { scaler: `libswscale ${await libswscaleVersion('a smaller rendition', 'ffmpeg')}` }
        : {}),
    },
  };
}

async function openedLpips({ registry, model, allowUnregistered }: NonNullable<PairSetup['lpips']>): Promise<{
  readonly model: { readonly model: string; readonly sha256: string };
  readonly engine: string;
}> {
  const [{ openLpips }, { wasmEngine }] = await Promise.all([
    import('@vqforge/runtime/node'),
    import('@vqforge/ort'),
  ]);
  const opened = await openLpips({
    registry,
    engine: 'wasm',
    threads: 1,
    allowUnregistered,
    ...(model === null ? {} : { model }),
  });
  const { id, digest } = opened.model;
  await opened.model.close();
  return {
    model: { model: id ?? 'unregistered', sha256: digest },
    engine: `onnxruntime-web ${wasmEngine().version}`,
  };
}
