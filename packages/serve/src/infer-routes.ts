import type { FastifyInstance } from 'fastify';
import { ServerError } from './errors.ts';
import { parseInferRequest } from './infer-request.ts';
import { formatInferResponse } from './infer-response.ts';
import { receiving } from './receiving.ts';
import { SCHEMAS } from './schemas.ts';
import { inTurn, laneOf, type ServerContext } from './server-context.ts';

interface InferRoute {
  readonly Params: { readonly model: string; readonly version?: string };
  readonly Headers: { readonly 'inference-header-content-length'?: string };
  readonly Body: Buffer;
}

/** Inference of the Open Inference Protocol v2, with its binary tensor extension. */
export function addInferRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits } = context;
  // clients send binary tensors under various types, or none; what the body is, the header says
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limits.bodyBytes }, (_request, body, done) =>
    done(null, body),
  );
  for (const path of ['/v2/models/:model/infer', '/v2/models/:model/versions/:version/infer']) {
    app.post<InferRoute>(
      path,
      { schema: SCHEMAS.infer, bodyLimit: limits.bodyBytes, onRequest: receiving(context) },
      async ({ params, headers, body }, reply) => {
        const lane = laneOf(context, params.model, params.version);
        if (!Buffer.isBuffer(body)) throw new ServerError('INVALID_REQUEST', 'the request has no body');
        const headerLength = headers['inference-header-content-length'];
        const request = parseInferRequest(body, headerLength, lane.model, limits);
        lane.model.check(request.inputs);
        const outputs = request.outputs.map(({ spec }) => spec.name);
        const inference = await inTurn(lane, reply, () => lane.model.infer(request.inputs, outputs));
        context.metrics.inferred(lane.model.name);
        const response = formatInferResponse(lane.model, request, inference);
        if (response.jsonLength === undefined) return reply.type('application/json').send(response.body);
        return reply
          .type('application/octet-stream')
          .header('inference-header-content-length', response.jsonLength)
          .send(response.body);
      },
    );
  }
}
