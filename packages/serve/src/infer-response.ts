import { firstNonFinite, type Tensor } from '@vqforge/runtime';
import { bytesOf } from './datatypes.ts';
import { ServerError } from './errors.ts';
import type { RequestedOutput } from './infer-request.ts';
import type { Inference } from './model-interface.ts';

/** Parts of an answer to an inference request. */
export interface InferenceFormat {
  readonly name: string;
  readonly version: string;
  readonly id: string | undefined;
  readonly inference: Inference;
  readonly requested: readonly RequestedOutput[];
}

interface InferResponse {
  readonly body: string | Buffer;
  /** Bytes of JSON when tensors follow it as bytes: the header Inference-Header-Content-Length. */
  readonly jsonLength?: number;
}

/**
 * The answer to an inference request: JSON, then the tensors that were asked for as bytes, in their order.
 *
 * @throws ServerError NOT_FINITE: JSON has no infinity, and inputs that overflow the model have no score
 */
export function formatInferResponse({
  name,
  version,
  id,
  requested,
  inference: { outputs: tensors, parameters },
}: InferenceFormat): InferResponse {
  const blobs: Uint8Array[] = [];
  const outputs = requested.map(({ spec, isBinary }) => {
    const { dims, data } = tensors[spec.name] as Tensor;
    if (firstNonFinite(data) >= 0) {
      const problem = `the model answers NaN or infinity in ${spec.name} to these inputs`;
      throw new ServerError('NOT_FINITE', `${problem}; they are far outside what it was made for`);
    }
    const tensor = `{"name":${quoted(spec.name)},"datatype":"${spec.datatype}","shape":[${dims.join()}]`;
    // finite numbers have one spelling in JavaScript and JSON, and joining is several times faster than JSON.stringify
    if (!isBinary) return `${tensor},"data":[${data.join()}]}`;
    blobs.push(bytesOf(data));
    return `${tensor},"parameters":{"binary_data_size":${data.byteLength}}}`;
  });
  // put together by hand, as the values are: a request of one row is written in a microsecond
  const json =
    `{"model_name":${quoted(name)},"model_version":${quoted(version)}` +
    (id === undefined ? '' : `,"id":${JSON.stringify(id)}`) +
    (parameters === undefined ? '' : `,"parameters":${JSON.stringify(parameters)}`) +
    `,"outputs":[${outputs.join()}]}`;
  if (blobs.length === 0) return { body: json };
  const head = Buffer.from(json);
  return { body: Buffer.concat([head, ...blobs]), jsonLength: head.length };
}

const QUOTED = new Map<string, string>();

/** A name of a model or a tensor as JSON. There are few, and to quote them would be a third of what a small answer takes. */
function quoted(name: string): string {
  let json = QUOTED.get(name);
  if (json === undefined) {
    json = JSON.stringify(name);
    QUOTED.set(name, json);
  }
  return json;
}
