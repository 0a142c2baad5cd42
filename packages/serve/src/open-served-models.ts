import type { ModelFamily } from '@vqforge/artifact';
import { readRegistry, RegistryError } from '@vqforge/registry/loading';
import { FrRegressor } from '@vqforge/runtime';
import { Lpips } from '@vqforge/runtime';
import { openModel, type OpenModel, type OpenModelOptions } from '@vqforge/runtime/node';
import type { AbsentModel, ServedModel } from './model-interface.ts';
import { servedLpips } from './served-lpips.ts';
import { servedRegressor } from './served-regressor.ts';
import type { SessionGate } from './session-gate.ts';

export interface ServedModelOptions extends Omit<OpenModelOptions, 'model' | 'ownThread' | 'lowPriority'> {
  /** Ids or paths; each must open. Default: every model of the registry that is here. */
  readonly models?: readonly string[];
  /** LPIPS runs at once, for each model: one thread and one session each. Default: 1. */
  readonly concurrency?: number;
}

interface ServedModels {
  readonly models: readonly ServedModel[];
  readonly absent: readonly AbsentModel[];
}

/**
 * Opens what a server serves. When one fails, those before it are closed.
 *
 * @param gate that models which take images share
 * @throws RegistryError | RuntimeError of `openModel`; a model that is pinned and not shipped is no error unless it is named
 */
export async function openServedModels(
  options: ServedModelOptions,
  gate: SessionGate,
): Promise<ServedModels> {
  const models: ServedModel[] = [];
  const absent: AbsentModel[] = [];
  try {
    for (const name of new Set(options.models ?? (await pinnedIds(options.registry)))) {
      try {
        models.push(await openServed(name, options, gate));
      } catch (error) {
        if (options.models !== undefined || !isNotShipped(error)) throw error;
        absent.push({
          name,
          reason: `${name} is pinned and not shipped; make it with vqforge weights pull and vqforge regenerate ${name}`,
        });
      }
    }
  } catch (error) {
    await Promise.all(models.map((model) => model.close()));
    throw error;
  }
  return { models, absent };
}

async function pinnedIds(registry: string): Promise<string[]> {
  return (await readRegistry(registry)).registry.models.map(({ id }) => id);
}

function isNotShipped(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.code === 'NOT_SHIPPED';
}

async function openServed(
  name: string,
  options: ServedModelOptions,
  gate: SessionGate,
): Promise<ServedModel> {
  const { models: _models, concurrency = 1, ...rest } = options;
  const choice = { ...rest, model: name };
  const model = await openModel({ ...choice, threads: 1, atOnce: true });
  return SERVED[model.kind](model, choice, concurrency, gate);
}

type Serve = (
  model: OpenModel,
  choice: OpenModelOptions,
  concurrency: number,
  gate: SessionGate,
) => Promise<ServedModel>;

/** How a model of each family is served, once it has been opened with one thread. */
const SERVED: Readonly<Record<ModelFamily, Serve>> = {
  // a run is shorter than waking a second thread
  'fr-regressor': async (model) => servedRegressor(FrRegressor.of(model)),
  // a run takes from milliseconds to seconds, during which the thread that serves must not stand still
  lpips: async (model, choice, concurrency, gate) => {
    await model.close();
    return servedLpips(await openThreads(choice, concurrency), gate);
  },
};

/** At a low priority: a request that takes microseconds does not wait for one that takes seconds. */
async function openThreads(choice: OpenModelOptions, count: number): Promise<[Lpips, ...Lpips[]]> {
  const own = { ...choice, ownThread: true, lowPriority: true };
  const sessions: [Lpips, ...Lpips[]] = [Lpips.of(await openModel(own))];
  while (sessions.length < count) sessions.push(Lpips.of(await openModel(own)));
  return sessions;
}
