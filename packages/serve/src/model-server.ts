import { Server as NetServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ServerError } from './errors.ts';
import { isLoopback } from './host-names.ts';
import { createHttpServer, type HttpServerOptions } from './http-server.ts';
import { DEFAULT_LIMITS, runPixels } from './limits.ts';
import type { AbsentModel } from './model-interface.ts';
import { openServedModels, type ServedModelOptions } from './open-served-models.ts';
import { RequestThread } from './request-thread.ts';
import type { ServerContext } from './server-context.ts';
import { SessionGate } from './session-gate.ts';
import { VERSION } from '@vqforge/runtime';

export interface ServeOptions
  extends
    ServedModelOptions,
    Pick<
      HttpServerOptions,
      'limits' | 'token' | 'allowedHosts' | 'log' | 'featureThreads' | 'decodesContainers'
    > {
  /** Default: 127.0.0.1, which only this machine reaches. */
  readonly host?: string;
  /** Default: 8000; 0 takes a free one. */
  readonly port?: number;
  /** Milliseconds for which a server that is closing still takes requests on open connections. Default: 1000. */
  readonly graceMs?: number;
  /** Milliseconds after which `close` no longer waits for requests under way. Default: 60,000. */
  readonly drainMs?: number;
  /** Milliseconds after which a model that ran something large and is not used gives its memory back. Default: 10,000. */
  readonly idleMs?: number;
}

export interface ModelServer {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Ids of the models that answer. */
  readonly models: readonly string[];
  readonly absent: readonly AbsentModel[];
  /**
   * Stops without losing a request: listens no more, answers what comes on open connections for `graceMs` and asks each to
   * close, then answers what is under way, and closes the models.
   */
  close(): Promise<void>;
}

/**
 * Serves verified models over HTTP, by the Open Inference Protocol v2.
 *
 * @throws ServerError CANNOT_LISTEN
 * @throws RegistryError | RuntimeError those of `openModel`, except for models that are pinned and not shipped: without
 * `models`, these are listed as absent
 * @example
 * const server = await serve({ registry: 'model/tiny', models: ['fr_regressor_v1'], port: 0 });
 * (await fetch(`${server.url}/v2/health/ready`)).status; // => 200
 * await server.close();
 */
export async function serve(options: ServeOptions): Promise<ModelServer> {
  const { host = '127.0.0.1', port = 8000, graceMs = 1000, drainMs = 60_000, idleMs = 10_000 } = options;
  const gate = new SessionGate({ pixels: runPixels({ ...DEFAULT_LIMITS, ...options.limits }), idleMs });
  const thread = new RequestThread();
  const { models, absent } = await openServedModels(options, gate);
  const closeModels = async (): Promise<void> => {
    gate.close();
    await Promise.all([thread.close(), ...models.map((model) => model.close())]);
  };
  const { app, context } = await createHttpServer({
    ...options,
    host,
    models,
    absent,
    thread,
    version: VERSION,
  });
  try {
    const url = await app.listen({ host, port });
    if (!isLoopback(host) && options.token === undefined) {
      app.log.warn({ host }, 'other machines reach this server, and it demands no token');
    }
    for (const { name, reason } of absent) app.log.warn({ model: name, reason }, 'not served');
    let closing: Promise<void> | undefined;
    return {
      url,
      models: models.map(({ name }) => name),
      absent,
      close: () => (closing ??= drain(app, context, { graceMs, drainMs }).then(closeModels)),
    };
  } catch (error) {
    await app.close();
    await closeModels();
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError('CANNOT_LISTEN', `${host} port ${port}: ${reason}; take another --host or --port`, {
      cause: error,
    });
  }
}

async function drain(
  app: FastifyInstance,
  context: ServerContext,
  { graceMs, drainMs }: { readonly graceMs: number; readonly drainMs: number },
): Promise<void> {
  app.log.info('draining');
  context.isDraining = true;
  await stopListening(app.server, graceMs);
  context.connections.endIdle();
  const timer = setTimeout(() => {
    app.log.warn({ drainMs }, 'requests under way are given up');
    app.server.closeAllConnections();
  }, drainMs);
  await app.close();
  clearTimeout(timer);
  app.log.info('drained');
}

/**
 * Takes no more connections and keeps those that are there: on a connection between two requests the next one may be on its
 * way. Resolves when all have ended, or after `graceMs`.
 */
async function stopListening(server: NetServer, graceMs: number): Promise<void> {
  // what the system has accepted for the server comes in with the next turns of the event loop
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, graceMs);
    // http's own close() would end connections that are between two requests
    NetServer.prototype.close.call(server, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
