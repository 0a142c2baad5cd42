import { sha256 } from '@vqforge/base';
import { FeaturesError } from './errors.ts';
import { KERNELS } from './generated/kernels.ts';
import type { LumaFormat, LumaPlane } from './luma-plane.ts';

/** Exports of assembly/index.ts; addresses are bytes of `memory`. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  configure(width: number, height: number, bitDepth: number): number;
  referencePlane(): number;
  distortedPlane(): number;
  advance(): void;
  rowBytes(): number;
  usedBits(plane: number): number;
  vif(gainLimit: number): number;
  adm(gainLimit: number, additive: boolean): number;
  motionSad(): number;
  olderMotionSad(): number;
}

/** The integer sums of VIF at one scale. */
export interface VifSums {
  /** Σ of log2 terms with 11 fractional bits. */
  readonly numeratorLog: number;
  readonly denominatorLog: number;
  /** Σ σ² of the distorted picture where the reference is flat, 16 fractional bits. */
  readonly flatVariance: number;
  /** Pixels where the reference is flat. */
  readonly flatPixels: number;
}

/** Sums of ADM, per scale, in single precision. */
export interface AdmSums {
  readonly numerators: readonly number[];
  readonly denominators: readonly number[];
  /** The numerators of the additive part; zeros unless they were asked for. */
  readonly additive: readonly number[];
}

const SCALES = [0, 1, 2, 3];

let compiled: WebAssembly.Module | undefined;

function kernelBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(KERNELS), (character) => character.charCodeAt(0));
}

/**
 * SHA-256 of the kernels' WebAssembly module: measurements of equal kernels are equal, bit for bit, wherever they were made.
 *
 * @example kernelsDigest() // => '0f3c…', 64 hexadecimal digits
 */
export function kernelsDigest(): string {
  return sha256(kernelBytes());
}

/** The compiled module: given to another thread, that one compiles nothing and has what V8 optimised so far. */
export function kernelsModule(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(kernelBytes()));
}

/** Takes the module that another thread compiled. */
export function adoptKernelsModule(module: WebAssembly.Module): void {
  compiled = module;
}

/** One instance of the kernels with its own memory, for pictures of one format. It checks nothing but memory. */
export class Kernels {
  readonly #exports: KernelExports;
  readonly #format: LumaFormat;

  /** @throws {FeaturesError} `TOO_LARGE` when the host has no memory for three planes and the scratch rows */
  constructor(format: LumaFormat) {
    const { exports } = new WebAssembly.Instance(kernelsModule());
    this.#exports = exports as unknown as KernelExports;
    this.#format = format;
    const { width, height, bitDepth } = format;
    if (this.#exports.configure(width, height, bitDepth) === 0) {
      throw new FeaturesError(
        'TOO_LARGE',
        `picture of ${width}×${height} needs more memory than this host gives WebAssembly; scale both clips down`,
      );
    }
  }

  /** Bytes of the instance's memory. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Makes the plane the current reference and the current reference the previous one; how many bits its samples use. */
  nextReference(plane: LumaPlane): number {
    this.#exports.advance();
    return this.#copy(plane, this.#exports.referencePlane());
  }

  /** Makes the plane the current distorted one; how many bits its samples use. */
  setDistorted(plane: LumaPlane): number {
    return this.#copy(plane, this.#exports.distortedPlane());
  }

  /** SAD of the current and the previous reference; `older` as libvmaf before 3.2.0. */
  motionSad(older: boolean): number {
    return older ? this.#exports.olderMotionSad() : this.#exports.motionSad();
  }

  vif(gainLimit: number): VifSums[] {
    const sums = new BigInt64Array(this.#exports.memory.buffer, this.#exports.vif(gainLimit), 16);
    const at = (index: number): number => Number(sums[index]);
    return SCALES.map((scale) => ({
      numeratorLog: at(4 * scale),
      denominatorLog: at(4 * scale + 1),
      flatVariance: at(4 * scale + 2),
      flatPixels: at(4 * scale + 3),
    }));
  }

  adm(gainLimit: number, additive: boolean): AdmSums {
    const sums = new Float64Array(this.#exports.memory.buffer, this.#exports.adm(gainLimit, additive), 12);
    return {
      numerators: [...sums.subarray(0, 4)],
      denominators: [...sums.subarray(4, 8)],
      additive: [...sums.subarray(8, 12)],
    };
  }

  #copy({ samples, stride }: LumaPlane, address: number): number {
    const { width, height } = this.#format;
    const { memory } = this.#exports;
    const target =
      samples instanceof Uint8Array ? new Uint8Array(memory.buffer) : new Uint16Array(memory.buffer);
    const first = address / target.BYTES_PER_ELEMENT;
    const targetStride = this.#exports.rowBytes() / target.BYTES_PER_ELEMENT;
    const step = stride ?? width;
    if (step === targetStride && samples.length === step * height) target.set(samples, first);
    else
      for (let y = 0; y < height; y++)
        target.set(samples.subarray(y * step, y * step + width), first + y * targetStride);
    return this.#exports.usedBits(address);
  }
}
