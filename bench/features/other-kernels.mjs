// Other builds of the kernels, from a folder: `kernels.wasm` with the exports of packages/features/assembly/index.ts, or
// `vif.wasm`, `adm.wasm` and `motion.wasm`, one module a feature.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const instantiate = (path) =>
  new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), {
    env: {
      abort() {
        throw new Error(`${path} aborted`);
      },
    },
  }).exports;

const bytesOf = (samples) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

/** @returns per feature the sides that the folder has: `{ vif: { 'vif.wasm': () => … } }` */
export function loadOthers(folder, format, pictures) {
  const loaders = { 'kernels.wasm': whole, 'vif.wasm': vif, 'adm.wasm': adm, 'motion.wasm': motion };
  const others = { vif: {}, adm: {}, motion: {} };
  let found = 0;
  for (const [file, load] of Object.entries(loaders)) {
    if (!existsSync(join(folder, file))) continue;
    found++;
    const parts = load(instantiate(join(folder, file)), format, pictures);
    for (const [part, action] of Object.entries(parts))
      others[part][file === 'kernels.wasm' ? 'kernels.wasm' : 'beside'] = action;
  }
  if (found === 0)
    throw new Error(`${folder} has none of ${Object.keys(loaders).join(', ')}; name a folder that has`);
  return others;
}

function whole(x, { width, height, bitDepth }, { previous, reference, distorted }) {
  x.configure(width, height, bitDepth);
  const put = (plane, samples) => copyRows(x, plane, samples, width, height, x.rowBytes());
  put(x.referencePlane(), previous);
  x.advance();
  put(x.referencePlane(), reference);
  put(x.distortedPlane(), distorted);
  return { vif: () => x.vif(100), adm: () => x.adm(100, 0), motion: () => x.motionSad() };
}

function vif(x, { width, height, bitDepth }, { reference, distorted }) {
  x.configure(width, height, bitDepth, 100);
  const memory = new Uint8Array(x.memory.buffer);
  for (let m = 0; m < 32768; m++)
    memory[x.tablePointer() + m] =
      Math.floor(2048 * Math.log2(32768 + m) + 0.5 + 2 ** -10) - 30720 - (m >> 4);
  memory.set(bytesOf(reference), x.refPointer());
  memory.set(bytesOf(distorted), x.disPointer());
  return { vif: () => x.run(3) };
}

function adm(x, { width, height, bitDepth }, { reference, distorted }) {
  x.init(width, height, bitDepth);
  const rowBytes = x.stride() * reference.BYTES_PER_ELEMENT;
  copyRows(x, x.refPtr(), reference, width, height, rowBytes);
  copyRows(x, x.disPtr(), distorted, width, height, rowBytes);
  return { adm: () => x.compute() };
}

function motion(x, { width, height, bitDepth }, { previous, reference }) {
  x.configure(width, height, bitDepth);
  const memory = new Uint8Array(x.memory.buffer);
  memory.set(bytesOf(previous), x.framePointer(0));
  memory.set(bytesOf(reference), x.framePointer(1));
  return { motion: () => x.sad(0, 1) };
}

function copyRows(x, address, samples, width, height, rowBytes) {
  const memory = new Uint8Array(x.memory.buffer);
  const bytes = bytesOf(samples);
  const row = width * samples.BYTES_PER_ELEMENT;
  for (let y = 0; y < height; y++) memory.set(bytes.subarray(y * row, (y + 1) * row), address + y * rowBytes);
}
