import { OnnxError } from './errors.ts';
import { MAX_MODEL_BYTES } from '@vqforge/base';
import { Chunks } from './record.ts';
import { readWireModel, type WireMessage } from './wire.ts';

/**
 * Removes what has no effect on any result: documentation, metadata of models, graphs, nodes, values and tensors,
 * producer version, value_info, denotations and node names. It works on the bytes: everything else keeps its bytes and its
 * order.
 *
 * @throws OnnxError MALFORMED | TOO_LARGE as readWireModel
 * @throws OnnxError UNSUPPORTED for a field that the schema does not know: it could mean something
 */
export function stripModel(bytes: Uint8Array): Uint8Array {
  return keep(readWireModel(bytes, MAX_MODEL_BYTES), bytes).join();
}

function keep(message: WireMessage, bytes: Uint8Array): Chunks {
  const kept = new Chunks();
  for (const { number, spec, start, end, value } of message.fields) {
    if (spec === undefined) {
      throw new OnnxError(
        'UNSUPPORTED',
        `field ${number} of ${message.type} is unknown: it cannot be stripped safely`,
      );
    }
    if (spec.role === 'annotation') continue;
    if (typeof value === 'object' && 'fields' in value) kept.addField(number, keep(value, bytes));
    else kept.add(bytes.subarray(start, end));
  }
  return kept;
}
