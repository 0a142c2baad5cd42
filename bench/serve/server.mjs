// The servers that serve.mjs measures, in a process of their own: ours, and Fastify with an empty handler.
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { serve } from '@vqforge/serve';

const registry = fileURLToPath(new URL('../../model/tiny', import.meta.url));
const ours = await serve({ registry, models: ['fr_regressor_v1'], port: 0 });
const empty = Fastify();
empty.post('/', () => ({}));
await empty.listen({ port: 0, host: '127.0.0.1' });
process.send({ ours: Number(new URL(ours.url).port), empty: empty.server.address().port });
process.on('message', () => process.send(process.cpuUsage()));
process.on('disconnect', () => process.exit());
