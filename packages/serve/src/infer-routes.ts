import type { FastifyInstance } from 'fastify';
import { parseInferRequest } from './infer-request.ts';
import { formatInferResponse } from './infer-response.ts';
import { receiving } from './receiving.ts';
import { readBody } from './request-body.ts';
import { SCHEMAS } from './schemas.ts';
import { inTurn, laneOf, type ServerContext } from './server-context.ts';

interface InferRoute {
  readonly Params: { readonly model: string; readonly version?: string };
  readonly Headers: { readonly 'inference-header-content-length'?: string };
}

/** Inference of the Open Inference Protocol v2, with its binary tensor extension. */
export function addInferRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits } = context;
  // what the body is, another header says; clients that send no type are many
  const onRequest = receiving(context, ['application/json', 'application/octet-stream'], false);
  for (const path of ['/v2/models/:model/infer', '/v2/models/:model/versions/:version/infer']) {
    app.post<InferRoute>(path, { schema: SCHEMAS.infer, onRequest }, async (request, reply) => {
      const { params, headers } = request;
      const lane = laneOf(context, params.model, params.version);
      const body = await readBody(request, reply, context);
      const headerLength = headers['inference-header-content-length'];
      const asked = parseInferRequest(body, headerLength, lane.model, limits);
      lane.model.check(asked.inputs);
      const outputs = asked.outputs.map(({ spec }) => spec.name);
      const inference = await inTurn(lane, reply, () => lane.model.infer(asked.inputs, outputs));
      context.metrics.inferred(lane.model.name);
      const response = formatInferResponse(lane.model, asked, inference);
      if (response.jsonLength === undefined) return reply.type('application/json').send(response.body);
      return reply
        .type('application/octet-stream')
        .header('inference-header-content-length', response.jsonLength)
        .send(response.body);
    });
  }
}
