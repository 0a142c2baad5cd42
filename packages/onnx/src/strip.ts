import { OnnxError } from './errors.ts';
import { MAX_MODEL_BYTES } from '@vqforge/base';
import { readWireModel } from './wire.ts';
import type { WireMessage } from './wire.ts';

/**
 * Removes what has no effect on any result: documentation, metadata of models, graphs, nodes, values and tensors,
 * producer version, value_info, denotations and node names. It works on the bytes, so it also removes what onnx-proto
 * cannot see; everything else keeps its bytes and its order.
 *
 * @throws OnnxError MALFORMED | TOO_LARGE as readWireModel
 * @throws OnnxError UNSUPPORTED for a field that the schema does not know: it could mean something
 */
export function stripModel(bytes: Uint8Array): Uint8Array {
  const kept = keep(readWireModel(bytes, MAX_MODEL_BYTES), bytes);
  const stripped = new Uint8Array(kept.length);
  let position = 0;
  for (const chunk of kept.chunks) {
    stripped.set(chunk, position);
    position += chunk.length;
  }
  return stripped;
}

interface Chunks {
  readonly chunks: Uint8Array[];
  length: number;
}

function keep(message: WireMessage, bytes: Uint8Array): Chunks {
  const kept: Chunks = { chunks: [], length: 0 };
  const push = (chunk: Uint8Array): void => {
    kept.chunks.push(chunk);
    kept.length += chunk.length;
  };
  for (const { number, spec, start, end, value } of message.fields) {
    if (spec === undefined) {
      throw new OnnxError(
        'UNSUPPORTED',
        `field ${number} of ${message.type} is unknown: it cannot be stripped safely`,
      );
    }
    if (spec.role === 'annotation') continue;
    if (typeof value === 'object' && 'fields' in value) {
      const inner = keep(value, bytes);
      push(varint(number * 8 + 2));
      push(varint(inner.length));
      for (const chunk of inner.chunks) push(chunk);
    } else push(bytes.subarray(start, end));
  }
  return kept;
}

function varint(value: number): Uint8Array {
  const encoded: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) encoded.push((rest % 128) | 0x80);
  encoded.push(rest);
  return Uint8Array.from(encoded);
}
