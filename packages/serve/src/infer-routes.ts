import type { FastifyInstance } from 'fastify';
import { inferAlone, type InferRoute } from './infer-exchange.ts';
import { receiving } from './receiving.ts';
import { readBody } from './request-body.ts';
import { SCHEMAS } from './schemas.ts';
import { laneOf, type ServerContext } from './server-context.ts';
import { sharedRuns } from './shared-runs.ts';

/** Inference of the Open Inference Protocol v2, with its binary tensor extension. */
export function addInferRoutes(app: FastifyInstance, context: ServerContext): void {
  // what the body is, another header says; clients that send no type are many
  const onRequest = receiving(context, ['application/json', 'application/octet-stream'], false);
  const lots = sharedRuns(context);
  for (const path of ['/v2/models/:model/infer', '/v2/models/:model/versions/:version/infer']) {
    app.post<InferRoute>(path, { schema: SCHEMAS.infer, onRequest }, (request, reply) => {
      const lane = laneOf(context, request.params.model, request.params.version);
      const lot = lots.get(lane);
      // a lot answers by itself
      if (lot !== undefined) return lot.add({ request, reply });
      return readBody(request, reply, context).then((received) =>
        inferAlone(context, lane, { request, reply }, received),
      );
    });
  }
}
