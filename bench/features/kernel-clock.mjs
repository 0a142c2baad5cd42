// Loaded with --import into every thread of extraction-process.mjs: adds up what VIF, ADM and motion take, wherever they run.
// The clock is the thread's processor time where Node has it (23.9 and later), else the time that passes, which is the same
// only on a machine that does nothing else.
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEY = 'vqforge-bench-kernel-nanoseconds';
const KERNELS = ['vif', 'adm', 'motionSad'];

if (isMainThread) setEnvironmentData(KEY, new BigInt64Array(new SharedArrayBuffer(8)));
const total = getEnvironmentData(KEY);

export const clock = process.threadCpuUsage ? 'processor time' : 'time';

/** Nanoseconds in kernels since the process began. */
export const kernelNanoseconds = () => Number(Atomics.load(total, 0));

function now() {
  if (!process.threadCpuUsage) return process.hrtime.bigint();
  const { user, system } = process.threadCpuUsage();
  return BigInt(user + system) * 1000n;
}

const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  const timed = (kernel) =>
    function (...operands) {
      const start = now();
      const result = kernel(...operands);
      Atomics.add(total, 0, now() - start);
      return result;
    };
  const exports = Object.entries(instance.exports).map(([name, value]) => [
    name,
    KERNELS.includes(name) ? timed(value) : value,
  ]);
  return { exports: Object.fromEntries(exports) };
};
