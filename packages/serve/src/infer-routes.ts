import type { FastifyInstance } from 'fastify';
import type { Tensors } from '@vqforge/runtime';
import { SMALL_BODY } from './byte-budget.ts';
import { type InferRequest, parseInferRequest } from './infer-request.ts';
import { formatInferResponse, type InferenceFormat } from './infer-response.ts';
import { receiving } from './receiving.ts';
import { type ReceivedBody, readBody, transferable } from './request-body.ts';
import { SCHEMAS } from './schemas.ts';
import { inTurn, type Lane, laneOf, type ServerContext } from './server-context.ts';

interface InferRoute {
  readonly Params: { readonly model: string; readonly version?: string };
  readonly Headers: { readonly 'inference-header-content-length'?: string };
}

/** An answer of so many values is written in some milliseconds. */
const SMALL_ANSWER = 16_384;

/** Inference of the Open Inference Protocol v2, with its binary tensor extension. */
export function addInferRoutes(app: FastifyInstance, context: ServerContext): void {
  // what the body is, another header says; clients that send no type are many
  const onRequest = receiving(context, ['application/json', 'application/octet-stream'], false);
  for (const path of ['/v2/models/:model/infer', '/v2/models/:model/versions/:version/infer']) {
    app.post<InferRoute>(path, { schema: SCHEMAS.infer, onRequest }, async (request, reply) => {
      const { params, headers } = request;
      const lane = laneOf(context, params.model, params.version);
      const { model } = lane;
      const received = await readBody(request, reply, context);
      const headerLength = headers['inference-header-content-length'];
      const asked =
        received.bytes.length > SMALL_BODY
          ? await parseElsewhere(context, lane, received, headerLength)
          : parseInferRequest(received.bytes, headerLength, model, context.limits);
      model.check(asked.inputs);
      const outputs = asked.outputs.map(({ spec }) => spec.name);
      const inference = await inTurn(
        context,
        lane,
        reply,
        (place, hasLeft) => model.infer(asked.inputs, outputs, place, hasLeft),
        model.weight?.(asked.inputs),
      );
      context.metrics.inferred(model.name);
      const { name, version } = model;
      const { id, outputs: requested } = asked;
      const format = { name, version, requested, ...inference, ...(id === undefined ? {} : { id }) };
      const { body, jsonLength } =
        valuesOf(inference.outputs) > SMALL_ANSWER
          ? await context.thread.run('format', answerOf(format))
          : formatInferResponse(format);
      if (jsonLength === undefined) return reply.type('application/json').send(asText(body));
      return reply
        .type('application/octet-stream')
        .header('inference-header-content-length', jsonLength)
        .send(body);
    });
  }
}

/** Parses in the thread for what is large; the tensors that come of it count where they are more than the body. */
async function parseElsewhere(
  { thread, limits }: ServerContext,
  { model: { name, inputs, outputs } }: Lane,
  { bytes, share }: ReceivedBody,
  headerLength: string | undefined,
): Promise<InferRequest> {
  const { jsonBytes, batch, tensorBytes } = limits;
  const length = bytes.length;
  const asked = await thread.run(
    'parse',
    {
      body: bytes,
      headerLength,
      model: { name, inputs, outputs },
      limits: { jsonBytes, batch, tensorBytes },
    },
    { transfer: transferable(bytes) },
  );
  const held = Object.values(asked.inputs).reduce((sum, { data }) => sum + data.byteLength, 0);
  if (held > length) share.add(held - length);
  return asked;
}

function valuesOf(outputs: Tensors): number {
  let values = 0;
  for (const name in outputs) values += outputs[name]?.data.length ?? 0;
  return values;
}

/** Only the outputs that were asked for go to the thread. */
function answerOf(format: InferenceFormat): InferenceFormat {
  const names = new Set(format.requested.map(({ spec }) => spec.name));
  const outputs = Object.fromEntries(Object.entries(format.outputs).filter(([name]) => names.has(name)));
  return { ...format, outputs };
}

function asText(body: string | Uint8Array): string | Buffer {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.length);
}
