import { existsSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { binding } from 'onnxruntime-node/dist/binding.js';
import type { Engine, Session } from './engine.ts';
import { fromOrt, toOrt, wrapSession } from './wrap-session.ts';

/**
 * onnxruntime-node. Its `run` computes in the calling thread, which does nothing else meanwhile, and must not be terminated
 * within it: the process would abort.
 */
export function nativeEngine(): Engine {
  // without this, onnxruntime 1.30 writes a device id to the home directory at the first session
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  // what fails is thrown; ONNX Runtime would print it to stderr as well
  ort.env.logLevel = 'fatal';
  return {
    name: 'native',
    version: ort.env.versions.node ?? ort.env.versions.common,
    providers: hasAccelerator() ? ort.listSupportedBackends().map(({ name }) => name) : ['cpu'],
    load: async (onnx, options = {}) => {
      const { provider = 'cpu', threads, spinning = false, plansMemory = false, atOnce = false } = options;
      const allowSpinning = spinning ? '1' : '0';
      const settings: ort.InferenceSession.SessionOptions = {
        executionProviders: [provider],
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        enableMemPattern: plansMemory,
        logSeverityLevel: 4,
        extra: {
          session: {
            intra_op: { allow_spinning: allowSpinning },
            inter_op: { allow_spinning: allowSpinning },
          },
        },
      };
      const session = await ort.InferenceSession.create(onnx, settings);
      return atOnce ? directSession(onnx, settings, session) : wrapSession(session, ort.Tensor);
    },
    close: () => Promise.resolve(),
  };
}

/** @param session of the same model, which says what it takes and gives */
function directSession(
  { buffer, byteOffset, byteLength }: Uint8Array,
  settings: ort.InferenceSession.SessionOptions,
  session: ort.InferenceSession,
): Session {
  const direct = new binding.InferenceSession();
  direct.loadModel(buffer as ArrayBuffer, byteOffset, byteLength, settings);
  const fetching = (names: readonly string[]): Record<string, null> =>
    Object.fromEntries(names.map((name) => [name, null]));
  const everything = fetching(session.outputNames);
  const runAtOnce: Session['runAtOnce'] = (feeds, fetches) =>
    fromOrt(direct.run(toOrt(feeds, ort.Tensor), fetches === undefined ? everything : fetching(fetches), {}));
  return {
    ...wrapSession(session, ort.Tensor),
    run: async (feeds, fetches) => runAtOnce(feeds, fetches),
    runAtOnce,
    release: async () => {
      direct.dispose();
      await session.release();
    },
  };
}

/**
 * Trying a provider whose hardware is not there makes it complain on stderr, beside any logger. On Linux the device files
 * tell: NVIDIA's, a graphics card's, or WSL's.
 */
function hasAccelerator(): boolean {
  return process.platform !== 'linux' || ['/dev/nvidiactl', '/dev/dri', '/dev/dxg'].some(existsSync);
}
