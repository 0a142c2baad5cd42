import type { FastifyInstance } from 'fastify';
import type { Lpips } from '@vqforge/runtime';
import { ServerError } from './errors.ts';
import { type ImagePair, pairDistance } from './image-pair.ts';
import { parseForm } from './multipart-form.ts';
import { receiving } from './receiving.ts';
import { readBody } from './request-body.ts';
import { SCHEMAS } from './schemas.ts';
import { inTurn, type Lane, type ServerContext } from './server-context.ts';

/** Values of a model's input per pixel, and bytes of each: three channels of float32. */
const BYTES_PER_PIXEL = 12;
/** Two images and the name of a model. */
const PARTS = { files: 2, parts: 3 };

/** LPIPS of two images: a form with the files `reference` and `distorted`, and `model` where there are several. */
export function addLpipsRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits } = context;
  const onRequest = receiving(context, ['multipart/form-data'], true);
  app.post('/v1/lpips', { schema: SCHEMAS.lpips, onRequest }, async (request, reply) => {
    const wantsHeatMap = /\bimage\/png\b/.test(request.headers.accept ?? '');
    const form = readForm(await readBody(request, reply, context), request.headers['content-type']);
    const { lane, lpips } = chooseLane(context, form.model, wantsHeatMap);
    const result = await inTurn(lane, reply, () =>
      pairDistance(lpips, form, {
        mostPixels: Math.floor(limits.tensorBytes / BYTES_PER_PIXEL),
        wantsHeatMap,
      }),
    );
    context.metrics.inferred(lane.model.name);
    if (result.heatMap !== undefined) {
      return reply.type('image/png').header('x-lpips-distance', result.distance).send(result.heatMap);
    }
    const { name, version, provider } = lane.model;
    return { model: name, digest: version, provider, ...result };
  });
}

interface Form extends ImagePair {
  readonly model?: string;
}

/** @throws ServerError UNSUPPORTED_MEDIA_TYPE | INVALID_REQUEST | TOO_LARGE */
function readForm(body: Buffer, contentType: string | undefined): Form {
  const parts = new Map(parseForm(body, contentType, PARTS).map((part) => [part.name, part]));
  const file = (name: string): Uint8Array => {
    const part = parts.get(name);
    if (part?.isFile === true) return part.bytes;
    throw new ServerError('INVALID_REQUEST', `the form has no file ${name}; send reference and distorted`);
  };
  const model = parts.get('model')?.bytes.toString();
  return {
    reference: file('reference'),
    distorted: file('distorted'),
    ...(model === undefined ? {} : { model }),
  };
}

/** @throws ServerError MODEL_ABSENT saying how to get one, UNKNOWN_MODEL */
function chooseLane(
  { lanes, absent }: ServerContext,
  name: string | undefined,
  needsMaps: boolean,
): { lane: Lane; lpips: Lpips } {
  const all = [...lanes.values()].flatMap((lane) =>
    lane.model.lpips === undefined ? [] : [{ lane, lpips: lane.model.lpips }],
  );
  const fitting = all.filter(
    ({ lane, lpips }) => (name ?? lane.model.name) === lane.model.name && (lpips.hasMaps || !needsMaps),
  );
  // the maps cost time that nobody asked for
  const choice = fitting.find(({ lpips }) => lpips.hasMaps === needsMaps) ?? fitting[0];
  if (choice !== undefined) return choice;
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
