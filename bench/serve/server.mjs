// The servers that serve.mjs measures, in a process of their own: ours with one more route, and Fastify alone.
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { createHttpServer } from '../../packages/serve/dist/http-server.js';
import { openServedModels } from '../../packages/serve/dist/open-served-models.js';
import { arrivedBody } from '../../packages/serve/dist/request-body.js';
import { TurnLot } from '../../packages/serve/dist/turn-lot.js';

const HOST = '127.0.0.1';
const registry = fileURLToPath(new URL('../../model/tiny', import.meta.url));
const { models, absent } = await openServedModels({ registry, models: ['fr_regressor_v1'] }, {});
const { app: ours } = await createHttpServer({ models, absent, thread: {}, version: '0' });
const lot = new TurnLot({
  capacity: Infinity,
  work: async (next) => {
    for (let arrival = next(); arrival !== undefined; arrival = next()) {
      const { request, reply } = arrival;
      JSON.parse(arrivedBody(request.raw).toString());
      reply.type('application/json').send('{}');
    }
  },
});
ours.post('/empty', (request, reply) => lot.add({ request, reply }));
const bare = Fastify();
bare.post('/', () => ({}));
for (const app of [ours, bare]) await app.listen({ port: 0, host: HOST });
process.send({ ours: ours.server.address().port, bare: bare.server.address().port });
process.on('message', () => process.send(process.cpuUsage()));
process.on('disconnect', () => process.exit());
