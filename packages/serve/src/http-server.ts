import { finished } from 'node:stream';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { isAuthorized } from './bearer-token.ts';
import { ByteBudget } from './byte-budget.ts';
import { ServerError } from './errors.ts';
import { hostCheck } from './host-names.ts';
import { addInferRoutes } from './infer-routes.ts';
import { addInfoRoutes } from './info-routes.ts';
import { addLpipsRoutes } from './lpips-routes.ts';
import { addScoreRoutes } from './score-routes.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { Metrics } from './metrics.ts';
import type { AbsentModel, Place, ServedModel } from './model-interface.ts';
import { OpenConnections } from './open-connections.ts';
import { openapiDocument, SCHEMAS_DOCUMENT } from './openapi.ts';
import { answerClientError, answerUnusualRequests, recordRefusal } from './server-refusals.ts';
import type { RequestThread } from './request-thread.ts';
import type { Lane, ServerContext } from './server-context.ts';
import { TaskQueue } from './task-queue.ts';

export interface HttpServerOptions {
  readonly models: readonly ServedModel[];
  readonly absent: readonly AbsentModel[];
  /** Closed by its owner, after the server. */
  readonly thread: Pick<RequestThread, 'run'>;
  readonly version: string;
  readonly limits?: Partial<ServerLimits>;
  /** Demanded of every request but the two of health. */
  readonly token?: string;
  /** Where the server will listen; default: 127.0.0.1. Without a token, one on the loopback address checks Host. */
  readonly host?: string;
  /** Names under which requests are taken beside those of the loopback address; Host is checked then in any case. */
  readonly allowedHosts?: readonly string[];
  readonly log?: LogOptions;
  /** Threads that measure the features of a clip; default: one. */
  readonly featureThreads?: number;
  /** Let ffmpeg decode containers that clients send; default: images, Y4M and raw YUV are taken. */
  readonly decodesContainers?: boolean;
}

interface LogOptions {
  /** `info` says what the server does and whom it refuses; `debug` every request. */
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Takes one line of JSON at a time. */
  readonly stream: { write(line: string): void };
}

/** How often Node looks for connections that are too slow. */
const SLOW_CHECK_MS = 1000;
/** How long a refused client may go on sending, so that it comes to read why. */
const LINGER_MS = 1000;

/** The routes without a socket: what they answer is decided here, where they listen in model-server.ts. */
export async function createHttpServer(
  options: HttpServerOptions,
): Promise<{ readonly app: FastifyInstance; readonly context: ServerContext }> {
  const context = createContext(options);
  const { receiveMs, timeoutMs, connections } = context.limits;
  const app: FastifyInstance = Fastify({
    logger: options.log ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: SCHEMAS_DOCUMENT,
    requestTimeout: receiveMs,
    // milliseconds without traffic: a client that never reads its answer does not keep it in memory
    connectionTimeout: receiveMs + timeoutMs,
    http: {
      connectionsCheckingInterval: SLOW_CHECK_MS,
      headersTimeout: receiveMs,
      // checked here instead, where the answer has a body
      requireHostHeader: false,
    },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, context),
    frameworkErrors: (error, request, reply) => refuse(context, error, request, reply),
  });
  answerUnusualRequests(app.server, context.metrics);
  app.server.maxConnections = connections;
  addHooks(app, context, options);
  addRoutes(app, context);
  // routes read their bodies themselves, charged and bounded; the others read none
  app.removeAllContentTypeParsers();
  app.addHttpMethod('POST', { hasBody: false, overrideExisting: true });
  let document: Promise<object> | undefined;
  app.get('/openapi.json', () => {
    document ??= openapiDocument({
      version: options.version,
      hasToken: options.token !== undefined,
      addRoutes: (described) => addRoutes(described, context),
    });
    return document;
  });
  return { app, context };
}

function addRoutes(app: FastifyInstance, context: ServerContext): void {
  addInferRoutes(app, context);
  addLpipsRoutes(app, context);
  addScoreRoutes(app, context);
  addInfoRoutes(app, context);
}

function createContext({
  models,
  absent,
  thread,
  version,
  featureThreads = 1,
  decodesContainers = false,
  limits: given,
}: HttpServerOptions): ServerContext {
  const now = (): number => performance.now();
  const limits = { ...DEFAULT_LIMITS, ...given };
  const lanes = new Map<string, Lane>();
  for (const model of models) {
    const { concurrency } = model;
    const queue = new TaskQueue<Place>({
      concurrency,
      capacity: limits.queue,
      timeoutMs: limits.timeoutMs,
      ...(model.gate === undefined ? {} : { gate: model.gate }),
    });
    lanes.set(model.name, { model, queue });
  }
  const budget = new ByteBudget({ total: limits.pendingBytes, now });
  const queue = new TaskQueue<Place>({
    concurrency: 1,
    capacity: limits.queue,
    timeoutMs: limits.timeoutMs,
  });
  const metrics = new Metrics({
    queues: new Map([['clips', queue], ...[...lanes].map(([name, lane]) => [name, lane.queue] as const)]),
    pendingBytes: () => budget.used,
    residentBytes: () => process.memoryUsage.rss(),
  });
  return {
    lanes,
    absent,
    limits,
    budget,
    thread,
    scoring: { queue, threads: featureThreads, decodesContainers },
    now,
    metrics,
    connections: new OpenConnections(),
    version,
    isDraining: false,
  };
}

function addHooks(
  app: FastifyInstance,
  context: ServerContext,
  { token, host = '127.0.0.1', allowedHosts }: HttpServerOptions,
): void {
  const checkHost = hostCheck({
    host,
    hasToken: token !== undefined,
    ...(allowedHosts === undefined ? {} : { allowed: allowedHosts }),
  });
  app.server.on('connection', (socket) => context.connections.opened(socket));
  app.addHook('onRequest', (request, reply, done) => {
    context.connections.requested(request.raw.socket);
    try {
      checkHost(request.raw);
    } catch (error) {
      return done(error as Error);
    }
    const isOpen = token === undefined || request.url.startsWith('/v2/health/');
    if (isOpen || isAuthorized(request.headers.authorization, token)) return done();
    reply.header('www-authenticate', 'Bearer');
    done(new ServerError('UNAUTHORIZED', 'a bearer token is needed: Authorization: Bearer …'));
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // at the end: a request may have come long before the server began to stop
    if (context.isDraining) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    context.connections.answered(request.raw.socket);
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    context.metrics.answered(route, method, reply.statusCode, reply.elapsedTime);
    request.log.debug({ method, route, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
    done();
  });
  app.setNotFoundHandler(({ method, url }) => {
    throw new ServerError(
      'NOT_FOUND',
      `no route ${method} ${url.slice(0, 128)}; GET /openapi.json lists them`,
    );
  });
  app.setErrorHandler((error, request, reply) => refuse(context, error, request, reply));
}

function refuse(context: ServerContext, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, code, message, isTemporary } = recordRefusal(context, error, request);
  if (!request.raw.complete) closeSoon(context, request, reply);
  if (isTemporary) reply.header('retry-after', '1');
  void reply.code(status).send({ error: message, code });
}

/**
 * An answer before the end of the request. Closing at once would reset the connection, and many clients then never see
 * the answer; what still comes is read and dropped for a moment instead.
 */
function closeSoon({ connections }: ServerContext, { raw }: FastifyRequest, reply: FastifyReply): void {
  const { socket } = raw;
  connections.answeredEarly(socket);
  // where the client says that it closes, Node would end the connection with the answer, and often before it is read
  const isLast = !reply.raw.shouldKeepAlive;
  reply.raw.shouldKeepAlive = true;
  reply.raw.removeHeader('connection');
  const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref();
  raw.once('end', () => {
    clearTimeout(timer);
    if (isLast) finished(reply.raw, () => socket.end());
  });
}
