import { CodedError } from '@vqforge/base';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ScoreDocument } from '@vqforge/score';
import { ServerError } from './errors.ts';
import { eventStream, type OnProgress } from './event-stream.ts';
import { lpipsLane, mostPixels } from './lpips-routes.ts';
import { receiving } from './receiving.ts';
import { readBody, transferable } from './request-body.ts';
import type { PairForm } from './request-calls.ts';
import { SCHEMAS } from './schemas.ts';
import { scoreForm, SCORE_FIELDS, type ScoreForm } from './score-form.ts';
import { inTurn, type Lane, laneOf, type ServerContext } from './server-context.ts';
import { recordRefusal } from './server-refusals.ts';
import { type UploadedFiles, withUploadedFiles } from './uploaded-files.ts';

/**
 * Scores of two images or two clips: a form with the files `reference` and `distorted`. The answer is the document of
 * `vqforge score`, or a stream of events where the client accepts one.
 */
export function addScoreRoutes(app: FastifyInstance, context: ServerContext): void {
  const onRequest = receiving(context, ['multipart/form-data'], true);
  app.post('/v1/score', { schema: SCHEMAS.score, onRequest }, async (request, reply) => {
    const { bytes, wholeAt } = await readBody(request, reply, context);
    const contentType = request.headers['content-type'];
    const found = await context.thread.run(
      'readForm',
      { body: bytes, contentType, mostFields: SCORE_FIELDS },
      { transfer: transferable(bytes), first: true },
    );
    const form = scoreForm(found, context.scoring.decodesContainers);
    const lane = laneFor(context, form);
    const { form: pair, pixels } = form.areImages
      ? // by their headers, before they are decoded
        await context.thread.run(
          'measure',
          { ...found, mostPixels: mostPixels(context.limits) },
          { transfer: [found.body.buffer], first: true },
        )
      : { form: found };
    const job = (onProgress: OnProgress): Promise<ScoreDocument> =>
      scored(context, reply, {
        pair,
        form,
        lane,
        wholeAt,
        onProgress,
        ...(pixels === undefined ? {} : { pixels }),
      });
    if (!/\btext\/event-stream\b/.test(request.headers.accept ?? '')) return job(() => undefined);
    const events = eventStream(job, (error) => recordRefusal(context, error, request));
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(events);
  });
}

/**
 * The model that is named, else LPIPS for images and the regressor for clips and stills.
 *
 * @throws ServerError UNKNOWN_MODEL | MODEL_ABSENT | INVALID_REQUEST
 */
function laneFor(context: ServerContext, { model: name, areImages, still }: ScoreForm): Lane {
  if (name === undefined && areImages && !still) return lpipsLane(context, undefined, false);
  const lane =
    name === undefined
      ? [...context.lanes.values()].find(({ model }) => model.regressor !== undefined)
      : laneOf(context, name);
  if (lane === undefined)
    throw new ServerError(
      'MODEL_ABSENT',
      'no regressor is served here; name one with --model when the server starts',
    );
  if (lane.model.regressor !== undefined && areImages && !still)
    throw new ServerError(
      'INVALID_REQUEST',
      `${lane.model.name} scores features of clips, and images have no motion; send still=true to score them without`,
    );
  return lane;
}

interface ScoreJob {
  readonly pair: PairForm;
  readonly form: ScoreForm;
  /** Pixels of the larger image; those of clips are read from their headers. */
  readonly pixels?: number;
  readonly lane: Lane;
  /** When the body was whole. */
  readonly wholeAt: number;
  readonly onProgress: OnProgress;
}

/** Waits for its turn and scores; a client that goes away ends it. */
function scored(
  context: ServerContext,
  reply: FastifyReply,
  { pair, form, pixels: imagePixels, lane, wholeAt, onProgress }: ScoreJob,
): Promise<ScoreDocument> {
  const { scoring, limits, metrics, version, connections, now } = context;
  const leaving = new AbortController();
  const { signal } = leaving;
  connections.whenOver(reply.request.raw.socket, reply.raw, () => leaving.abort());
  const { model } = lane;
  const { queue, threads } = scoring;
  return withUploadedFiles(pair, async (files) => {
    let run: Promise<ScoreDocument> | undefined;
    try {
      // with the first request: a server may never get one
      const { framePixels, scoredPair } = await import('./scored-pair.ts');
      const pixels = imagePixels ?? (await framePixels(files, form, mostPixels(limits), signal));
      model.checkImages?.(2 * pixels);
      const document = await inTurn(
        context,
        model.lpips === undefined ? { queue } : lane,
        reply,
        (place) => {
          const request = { form, files, model, place, threads, version, now, signal, onProgress };
          return (run = scoredPair({ ...request, mostFrames: limits.batch }));
        },
        { wholeAt, weight: 2 * pixels },
      );
      metrics.inferred(model.name);
      return document;
    } catch (error) {
      throw named(error, files);
    } finally {
      // also where the time was up: nothing reads the files once they are removed
      leaving.abort();
      await run?.catch(() => undefined);
    }
  });
}

/** An error whose message has the names of the form for the paths of temporary files. */
function named(error: unknown, files: UploadedFiles): unknown {
  if (error instanceof CodedError) error.message = files.named(error.message);
  return error;
}
