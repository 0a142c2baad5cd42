import type { FastifyInstance } from 'fastify';
import type { TensorSpec } from './model-interface.ts';
import { SCHEMAS } from './schemas.ts';
import { laneOf, type ServerContext } from './server-context.ts';

interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

/** Health and metadata of the Open Inference Protocol v2, and metrics. */
export function addInfoRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get('/v2/health/live', { schema: SCHEMAS.live }, () => ({ live: true }));
  app.get('/v2/health/ready', { schema: SCHEMAS.ready }, (_request, reply) => {
    const ready = !context.isDraining;
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  const server = (): object => ({
    name: 'vqforge',
    version: context.version,
    extensions: ['binary_tensor_data'],
  });
  app.get('/v2', { schema: SCHEMAS.server }, server);
  // Triton's clients ask for this one
  app.get('/v2/', { schema: { hide: true } }, server);
  app.get('/v2/models', { schema: SCHEMAS.models }, () => ({
    models: [
      ...[...context.lanes.values()].map(({ model }) => ({
        name: model.name,
        version: model.version,
        provider: model.provider,
        ready: true,
      })),
      ...context.absent.map(({ name, reason }) => ({ name, ready: false, reason })),
    ],
  }));
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<{ Params: ModelParams }>(path, { schema: SCHEMAS.model }, ({ params }) => {
      const { model } = laneOf(context, params.model, params.version);
      return {
        name: model.name,
        versions: [model.version],
        platform: 'onnx_onnxv1',
        inputs: model.inputs.map(describe),
        outputs: model.outputs.map(describe),
      };
    });
    app.get<{ Params: ModelParams }>(`${path}/ready`, { schema: SCHEMAS.modelReady }, ({ params }, reply) => {
      const { model } = laneOf(context, params.model, params.version);
      const ready = !context.isDraining;
      return reply.code(ready ? 200 : 503).send({ name: model.name, ready });
    });
  }
  app.get('/metrics', { schema: SCHEMAS.metrics }, async (_request, reply) =>
    reply.type(context.metrics.contentType).send(context.metrics.text()),
  );
}

function describe({ name, datatype, shape, parameters }: TensorSpec): object {
  return { name, datatype, shape, ...(parameters === undefined ? {} : { parameters }) };
}
