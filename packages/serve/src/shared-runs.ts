import type { FastifyReply } from 'fastify';
import type { StandardisedRows } from '@vqforge/runtime';
import { SMALL_BODY } from './byte-budget.ts';
import { ServerError } from './errors.ts';
import { inferAlone, type InferExchange, sendInference } from './infer-exchange.ts';
import { type InferRequest, parseInferRequest } from './infer-request.ts';
import type { RowsModel } from './model-interface.ts';
import { arrivedBody, readBody } from './request-body.ts';
import type { Lane, ServerContext } from './server-context.ts';
import { TurnLot } from './turn-lot.ts';

/** Rows of one lot at most, about: with 64 hidden values per row that is some megabytes, and about a millisecond. */
const MAX_ROWS = 8192;

interface Arrival extends InferExchange {
  /** Undefined until it was looked for. */
  readonly bytes?: Buffer;
}

/** A request whose rows are ready. */
interface Asked {
  readonly reply: FastifyReply;
  readonly request: InferRequest;
  readonly rows: StandardisedRows;
}

/**
 * For each model whose requests may share a run, the lot that answers them: small requests that come in one turn of the
 * event loop are read, run and answered together at its end; large ones have a run of their own.
 */
export function sharedRuns(context: ServerContext): ReadonlyMap<Lane, TurnLot<Arrival>> {
  const { connections, queue } = context.limits;
  const lots = new Map<Lane, TurnLot<Arrival>>();
  for (const lane of context.lanes.values()) {
    const { rows } = lane.model;
    if (rows === undefined) continue;
    const lot: TurnLot<Arrival> = new TurnLot({
      // one for each connection; only pipelined requests are more
      capacity: connections + queue,
      work: (next) => answerTogether(context, lane, rows, next, (arrival) => lot.add(arrival)),
    });
    lots.set(lane, lot);
  }
  return lots;
}

async function answerTogether(
  context: ServerContext,
  lane: Lane,
  model: RowsModel,
  next: () => Arrival | undefined,
  add: (arrival: Arrival) => void,
): Promise<void> {
  const lot: Asked[] = [];
  let count = 0;
  while (count < MAX_ROWS) {
    const arrival = next();
    if (arrival === undefined) break;
    const { request, reply } = arrival;
    const bytes = arrival.bytes ?? arrivedBody(request.raw);
    if (bytes === undefined) {
      receive(context, lane, arrival, add).catch((error: unknown) => reply.send(error));
      continue;
    }
    try {
      if (reply.raw.destroyed || request.raw.socket.destroyed)
        throw new ServerError('ABORTED', 'the client went away');
      const headerLength = request.headers['inference-header-content-length'];
      const parsed = parseInferRequest(bytes, headerLength, lane.model, context.limits);
      const rows = model.standardise(parsed.inputs);
      lot.push({ reply, request: parsed, rows });
      count += rows.trust.length;
    } catch (error) {
      reply.send(error);
    }
  }
  if (lot.length === 0) return;
  try {
    const groups = lot.map(({ rows }) => rows);
    const raw = model.runAtOnce(groups) ?? (await model.run(groups));
    context.metrics.inferred(lane.model.name, lot.length);
    lot.forEach(({ reply, request, rows }, at) => {
      try {
        sendInference(lane, reply, request, model.inferenceOf(rows, raw[at] as Float32Array));
      } catch (error) {
        reply.send(error);
      }
    });
  } catch (error) {
    for (const { reply } of lot) reply.send(error);
  }
}

/** Waits for a body that has not come whole with its head. */
async function receive(
  context: ServerContext,
  lane: Lane,
  { request, reply }: InferExchange,
  add: (arrival: Arrival) => void,
): Promise<void> {
  const received = await readBody(request, reply, context);
  if (received.bytes.length > SMALL_BODY) await inferAlone(context, lane, { request, reply }, received);
  else add({ request, reply, bytes: received.bytes });
}
