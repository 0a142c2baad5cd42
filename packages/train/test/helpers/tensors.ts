import { createHash } from 'node:crypto';
import type { Float32Tensor, Tensors } from '@vqforge/ort';

/** A feed or fetch that must be there. */
export function tensorOf(tensors: Tensors, name: string): Float32Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`no ${name} among ${Object.keys(tensors).join()}`);
  return tensor as Float32Tensor;
}

export function elementsOf(tensors: Tensors, name: string): Float32Array {
  return tensorOf(tensors, name).data;
}

/** The digest of the bytes: what is equal bit for bit, told in one line when it is not. */
export function bitsOf(elements: Float32Array): string {
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}
