import type { OpenModel } from '@vqforge/runtime/node';
import { modelFacts } from './model-facts.ts';

/**
 * One model opened several times, for as many runs at once: each run takes a session that has none.
 *
 * @param models at least one; more runs at once than these share them
 */
export function modelPool(models: readonly [OpenModel, ...OpenModel[]]): OpenModel {
  const idle = [...models];
  return {
    ...modelFacts(models[0]),
    run: async (feeds, fetches) => {
      const model = idle.pop();
      if (model === undefined) return models[0].run(feeds, fetches);
      try {
        return await model.run(feeds, fetches);
      } finally {
        idle.push(model);
      }
    },
    close: async () => {
      await Promise.all(models.map((model) => model.close()));
    },
  };
}
