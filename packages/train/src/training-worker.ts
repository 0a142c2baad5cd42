import type { Session } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { openTrainingSession } from './training-session.ts';
import type { Standardisation } from '@vqforge/artifact';
import { answerCalls } from '@vqforge/base/node';
import { foldOf, type TrainingData } from './dataset.ts';
import { TrainError } from './errors.ts';
import { fit } from './fit.ts';
import { predict, predictTrained, type InputsOf } from './predict.ts';
import { fitStandardisation, standardise } from './standardisation.ts';
import { trainingRows } from './training-rows.ts';
import type { SharedModels, TrainingCalls, TrainingSetup } from './training-messages.ts';

/** The thread side of `TrainingPool`: one engine, and one training session that all folds share. */
answerCalls<TrainingCalls>((setup, signal) => {
  const opening = openEngine((setup as TrainingSetup).engineName);
  // a failure surfaces at the first task
  opening.catch(() => undefined);
  let session: Promise<Session>;
  let models: SharedModels;
  let data: TrainingData;

  const throwIfAborted = (): void => {
    if (signal.aborted) throw new TrainError('INTERRUPTED', 'training was interrupted');
  };
  /** Standardised features of some rows, until the pool closes. */
  const inputsOf =
    (standardisation: Standardisation): InputsOf =>
    (rows) => {
      throwIfAborted();
      return standardise(data.features, rows, standardisation);
    };

  return {
    /** The session opens while the table is still being read. */
    models: (shared) => {
      models = shared;
      session = opening.then((engine) => openTrainingSession(engine, shared.training));
      session.catch(() => undefined);
    },
    data: (table) => {
      data = table;
    },
    fit: async ({ heldOutSource, recipe, seed }, { progress }) => {
      const { features, target } = trainingRows(data, heldOutSource, recipe);
      const rows = Uint32Array.from(target.keys());
      const standardisation = fitStandardisation(features, rows);
      const targets = recipe.standardiseTarget
        ? fitStandardisation([target], rows)
        : { mean: [0], scale: [1] };
      const result = await fit({
        session: await session,
        features: standardise(features, rows, standardisation),
        targets: standardise([target], rows, targets),
        recipe,
        seed,
        onSteps: (done) => {
          throwIfAborted();
          progress(done);
        },
      });
      const [mean, scale] = [targets.mean[0] as number, targets.scale[0] as number];
      return { ...result, standardisation, targetStandardisation: { mean, scale } };
    },
    predict: async ({ heldOutSource, model, standardisation }) => {
      const { testRows } = foldOf(data.source, heldOutSource);
      return predict(await opening, model, inputsOf(standardisation), testRows);
    },
    predictTrained: async ({ heldOutSource, fitted: { parameters, standardisation } }) => {
      const { testRows } = foldOf(data.source, heldOutSource);
      return predictTrained(
        await opening,
        models.prediction,
        parameters,
        inputsOf(standardisation),
        testRows,
      );
    },
  };
});
