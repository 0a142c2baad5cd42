import type { FastifyInstance } from 'fastify';
import type { Lpips } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import type { ServerLimits } from './limits.ts';
import { pairDistance } from './pair-distance.ts';
import { receiving } from './receiving.ts';
import { readBody, transferable } from './request-body.ts';
import { SCHEMAS } from './schemas.ts';
import { inTurn, type Lane, type ServerContext } from './server-context.ts';

/** Values of a model's input per pixel, and bytes of each: three channels of float32. */
const BYTES_PER_PIXEL = 12;

/** Pixels of an image, or of a frame, that a request may have. */
export function mostPixels({ tensorBytes }: Pick<ServerLimits, 'tensorBytes'>): number {
  return Math.floor(tensorBytes / BYTES_PER_PIXEL);
}

/** LPIPS of two images: a form with the files `reference` and `distorted`, and `model` where there are several. */
export function addLpipsRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits, thread } = context;
  const onRequest = receiving(context, ['multipart/form-data'], true);
  app.post('/v1/lpips', { schema: SCHEMAS.lpips, onRequest }, async (request, reply) => {
    const wantsHeatMap = /\bimage\/png\b/.test(request.headers.accept ?? '');
    const { bytes, wholeAt } = await readBody(request, reply, context);
    const found = await thread.run(
      'readForm',
      { body: bytes, contentType: request.headers['content-type'], mostFields: 1 },
      { transfer: transferable(bytes), first: true },
    );
    const lane = lpipsLane(context, found.fields.get('model'), wantsHeatMap);
    const { form, pixels } = await thread.run(
      'measure',
      { ...found, mostPixels: mostPixels(limits) },
      { transfer: [found.body.buffer], first: true },
    );
    lane.model.checkImages?.(2 * pixels);
    const result = await inTurn(
      context,
      lane,
      reply,
      (place, hasLeft) => pairDistance(thread, place as Lpips, form, { wantsHeatMap, hasLeft }),
      { wholeAt, weight: 2 * pixels },
    );
    context.metrics.inferred(lane.model.name);
    if (result.heatMap !== undefined) {
      return reply.type('image/png').header('x-lpips-distance', result.distance).send(result.heatMap);
    }
    const { name, version, provider } = lane.model;
    return { model: name, digest: version, provider, ...result };
  });
}

/**
 * The LPIPS model of a name, or the one that fits.
 *
 * @throws ServerError MODEL_ABSENT saying how to get one, UNKNOWN_MODEL
 */
export function lpipsLane(
  { lanes, absent }: Pick<ServerContext, 'lanes' | 'absent'>,
  name: string | undefined,
  needsMaps: boolean,
): Lane {
  const all = [...lanes.values()].flatMap((lane) =>
    lane.model.lpips === undefined ? [] : [{ lane, lpips: lane.model.lpips }],
  );
  const fitting = all.filter(
    ({ lane, lpips }) => (name ?? lane.model.name) === lane.model.name && (lpips.hasMaps || !needsMaps),
  );
  // maps cost time, so a model without them answers where none were asked for
  const choice = fitting.find(({ lpips }) => lpips.hasMaps === needsMaps) ?? fitting[0];
  if (choice !== undefined) return choice.lane;
  const named = name === undefined ? '' : ` ${JSON.stringify(name.slice(0, 64))}`;
  const problem = `no LPIPS model${named}${needsMaps ? ' with distance maps' : ''} is served here`;
  if (name !== undefined && all.length > 0) {
    const known = all.map(({ lane }) => lane.model.name).join(', ');
    throw new ServerError('UNKNOWN_MODEL', `${problem}, expected one of: ${known}`);
  }
  const remedy = absent.map(({ reason }) => reason).join('; ');
  throw new ServerError(
    'MODEL_ABSENT',
    `${problem}; ${remedy || 'name one with --model when the server starts'}`,
  );
}
