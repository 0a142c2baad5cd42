// The server of the second part of serve.mjs: as `vqforge serve` has it, with the models that are here.
import { fileURLToPath } from 'node:url';
import { expectLargeBodies, serve } from '@vqforge/serve';

const registry = fileURLToPath(new URL('../../model/tiny', import.meta.url));
expectLargeBodies();
const server = await serve({ registry, port: 0, graceMs: 0 });
process.send({ port: Number(new URL(server.url).port), models: server.models });
process.on('disconnect', () => void server.close());
