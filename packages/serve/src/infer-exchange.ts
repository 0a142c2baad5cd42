import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tensors } from '@vqforge/runtime';
import { SMALL_BODY } from './byte-budget.ts';
import { type InferRequest, parseInferRequest } from './infer-request.ts';
import { formatInferResponse, type InferenceFormat } from './infer-response.ts';
import type { Inference } from './model-interface.ts';
import { type ReceivedBody, transferable } from './request-body.ts';
import { inTurn, type Lane, type ServerContext } from './server-context.ts';

export interface InferRoute {
  readonly Params: { readonly model: string; readonly version?: string };
  readonly Headers: { readonly 'inference-header-content-length'?: string };
}

/** A request for inference, and where its answer goes. */
export interface InferExchange {
  readonly request: FastifyRequest<InferRoute>;
  readonly reply: FastifyReply;
}

/** An answer of so many values is written in some milliseconds. */
const SMALL_ANSWER = 16_384;

/** Answers a request by a run of its own, when its turn has come. */
export async function inferAlone(
  context: ServerContext,
  lane: Lane,
  { request, reply }: InferExchange,
  received: ReceivedBody,
): Promise<FastifyReply> {
  const { model } = lane;
  const headerLength = request.headers['inference-header-content-length'];
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
    { wholeAt: received.wholeAt, weight: model.weight?.(asked.inputs) },
  );
  context.metrics.inferred(model.name);
  const format = inferenceFormat(lane, asked, inference);
  return valuesOf(inference.outputs) > SMALL_ANSWER
    ? sendBody(reply, await context.thread.run('format', answerOf(format)))
    : sendBody(reply, formatInferResponse(format));
}

/** Answers at once. */
export function sendInference(
  lane: Lane,
  reply: FastifyReply,
  asked: InferRequest,
  inference: Inference,
): void {
  sendBody(reply, formatInferResponse(inferenceFormat(lane, asked, inference)));
}

function inferenceFormat(
  { model: { name, version } }: Lane,
  { id, outputs: requested }: InferRequest,
  inference: Inference,
): InferenceFormat {
  return { name, version, id, requested, inference };
}

function sendBody(
  reply: FastifyReply,
  { body, jsonLength }: { readonly body: string | Uint8Array; readonly jsonLength?: number },
): FastifyReply {
  if (jsonLength === undefined) return reply.type('application/json').send(asText(body));
  return reply
    .type('application/octet-stream')
    .header('inference-header-content-length', jsonLength)
    .send(body);
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
  const { outputs, ...rest } = format.inference;
  const asked = Object.fromEntries(Object.entries(outputs).filter(([name]) => names.has(name)));
  return { ...format, inference: { outputs: asked, ...rest } };
}

function asText(body: string | Uint8Array): string | Buffer {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.length);
}
