import { type Device, DEVICES, providersFor } from './device.ts';
import type { EngineName } from '@vqforge/base';
import type { Engine } from '@vqforge/ort';
import { openEngine, OrtError, workerEngine } from '@vqforge/ort/node';
import { reasonOf, RuntimeError } from './errors.ts';
import type { OpenSession } from './verified-session.ts';

/** Where and how a model runs. */
export interface SessionChoice {
  /** Default: `auto`. A device that was asked for and does not work is an error. */
  readonly device?: Device;
  /** Take the CPU when the device does not work; `provider` tells. Default: no. */
  readonly deviceFallback?: boolean;
  /** Default: native where it loads, else wasm. */
  readonly engine?: EngineName;
  /** Threads of one run; default: one per core. A wasm session has one. */
  readonly threads?: number;
  /** Whether idle threads wait in a busy loop: some per cent faster alone, twice as slow beside other work. Default: no. */
  readonly spinning?: boolean;
  /** Compute in a thread of the model's own, so that the calling one stays free; tensors are copied. Default: no. */
  readonly ownThread?: boolean;
  /** The model has `runAtOnce`, with the native engine; for runs of microseconds. Default: no. */
  readonly atOnce?: boolean;
  /** With `ownThread` on Linux: its threads compute when others have nothing to do. Default: no. */
  readonly lowPriority?: boolean;
}

/** More than any machine has cores; a slip of the keyboard does not start a million threads. */
const MAX_THREADS = 1024;

/**
 * A session on the first device that takes the model. The bytes are taken as they are: `openModel` verifies first, and
 * any other caller may only pass a graph that this process has built itself.
 *
 * @param isLarge whether the model is worth an accelerator
 * @throws RuntimeError INVALID_OPTION | ENGINE_UNAVAILABLE | DEVICE_UNAVAILABLE | INVALID_MODEL
 */
export async function openSession(
  onnx: Uint8Array,
  isLarge: boolean,
  choice: SessionChoice,
): Promise<OpenSession> {
  const { device = 'auto', deviceFallback = false, threads, spinning = false, ownThread = false } = choice;
  const { atOnce = false } = choice;
  checkOptions(device, threads);
  const opening = ownThread
    ? workerEngine(choice.engine, choice.lowPriority === true)
    : openEngine(choice.engine);
  const engine = await opening.catch((error: unknown) => {
    throw error instanceof OrtError ? new RuntimeError(error.code, error.message, { cause: error }) : error;
  });
  const providers =
    engine.name === 'wasm'
      ? wasmProviders(device, deviceFallback)
      : providersFor(device, engine.providers, { isLarge, deviceFallback });
  let failure: unknown;
  for (const provider of providers) {
    try {
      const settings = { provider, spinning, atOnce, ...(threads === undefined ? {} : { threads }) };
      const session = await engine.load(onnx, settings);
      return { engine, provider, session };
    } catch (error) {
      failure = error;
    }
  }
  await engine.close();
  throw loadFailure(engine, providers.at(-1) as string, failure);
}

function checkOptions(device: Device, threads: number | undefined): void {
  if (!DEVICES.includes(device)) {
    throw new RuntimeError('INVALID_OPTION', `device ${device}, expected one of: ${DEVICES.join(', ')}`);
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) {
    throw new RuntimeError(
      'INVALID_OPTION',
      `threads ${threads}, expected an integer from 1 to ${MAX_THREADS}`,
    );
  }
}

function wasmProviders(device: Device, deviceFallback: boolean): string[] {
  if (device === 'auto' || device === 'cpu' || deviceFallback) return ['wasm'];
  throw new RuntimeError(
    'DEVICE_UNAVAILABLE',
    `device ${device} needs the native engine, which was not asked for or does not load; take the CPU, or allow a fallback`,
  );
}

function loadFailure({ providers }: Engine, provider: string, error: unknown): RuntimeError {
  const reason = reasonOf(error);
  return provider === 'cpu' || provider === 'wasm'
    ? new RuntimeError('INVALID_MODEL', `ONNX Runtime does not take the model: ${reason}`, { cause: error })
    : new RuntimeError(
        'DEVICE_UNAVAILABLE',
        `device ${provider} does not work here (${reason}); this build offers ${providers.join(', ')}; take another device, or allow a fallback`,
        { cause: error },
      );
}
