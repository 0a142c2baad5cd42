import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';

/** Schemas document the routes, which read and check their bodies themselves: Fastify's compilers are not even loaded. */
export const SCHEMAS_DOCUMENT: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: {
    // the types are those of Ajv's own compiler
    buildValidator: () => (() => () => true) as never,
    buildSerializer: () => () => (value) => JSON.stringify(value),
  },
};

interface Described {
  readonly version: string;
  /** Whether requests need a bearer token. */
  readonly hasToken: boolean;
  readonly addRoutes: (app: FastifyInstance) => void;
}

/** The OpenAPI document of routes, made from their schemas. Its libraries are loaded here, since few servers are asked for it. */
export async function openapiDocument({ version, hasToken, addRoutes }: Described): Promise<object> {
  const { default: swagger } = await import('@fastify/swagger');
  const app = Fastify({ schemaController: SCHEMAS_DOCUMENT });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'vqforge',
        description: 'Perceptual video-quality models by the Open Inference Protocol v2.',
        version,
      },
      ...(hasToken
        ? {
            components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
            security: [{ bearer: [] }],
          }
        : {}),
    },
  });
  addRoutes(app);
  await app.ready();
  return app.swagger();
}
