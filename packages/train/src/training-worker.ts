import type { Engine, Session } from '@vqforge/ort';
import { openEngine } from '@vqforge/ort/node';
import { openTrainingSession } from './training-session.ts';
import type { Standardisation } from '@vqforge/artifact';
import { answerCalls, type CallContext } from '@vqforge/base/node';
import type { TrainingData } from './dataset.ts';
import { foldOf } from './dataset.ts';
import { TrainError } from './errors.ts';
import { fit } from './fit.ts';
import { predict, predictTrained, type InputsOf } from './predict.ts';
import { fitStandardisation, standardise } from './standardisation.ts';
import { trainingRows } from './training-rows.ts';
import type {
  FitReply,
  FitTask,
  PredictTask,
  PredictTrainedTask,
  SharedModels,
  TrainingCalls,
  TrainingSetup,
} from './training-messages.ts';

/** One engine, and one training session that all folds share. */
class TrainingThread {
  readonly #engine: Promise<Engine>;
  #session: Promise<Session> | undefined;
  #models: SharedModels | undefined;
  #data: TrainingData | undefined;

  constructor(engine: Promise<Engine>) {
    this.#engine = engine;
    // a failure surfaces at the first task
    engine.catch(() => undefined);
  }

  /** The session opens while the table is still being read. */
  useModels(models: SharedModels): void {
    this.#models = models;
    this.#session = this.#engine.then((engine) => openTrainingSession(engine, models.training));
    this.#session.catch(() => undefined);
  }

  useData(data: TrainingData): void {
    this.#data = data;
  }

  async fit({ heldOutSource, recipe, seed }: FitTask, { progress, signal }: CallContext): Promise<FitReply> {
    const { features, target } = trainingRows(this.#data as TrainingData, heldOutSource, recipe);
    const rows = Uint32Array.from(target.keys());
    const standardisation = fitStandardisation(features, rows);
    const targets = recipe.standardiseTarget ? fitStandardisation([target], rows) : { mean: [0], scale: [1] };
    const result = await fit({
      session: await (this.#session as Promise<Session>),
      features: standardise(features, rows, standardisation),
      targets: standardise([target], rows, targets),
      recipe,
      seed,
      onSteps: (done) => {
        throwIfAborted(signal);
        progress(done);
      },
    });
    return {
      ...result,
      standardisation,
      targetStandardisation: { mean: targets.mean[0] as number, scale: targets.scale[0] as number },
    };
  }

  async predict(
    { heldOutSource, model, standardisation }: PredictTask,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { features, source } = this.#data as TrainingData;
    const { testRows } = foldOf(source, heldOutSource);
    return predict(await this.#engine, model, inputsOf(features, standardisation, signal), testRows);
  }

  async predictTrained(
    { heldOutSource, fitted }: PredictTrainedTask,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const { features, source } = this.#data as TrainingData;
    const { testRows } = foldOf(source, heldOutSource);
    const inputs = inputsOf(features, fitted.standardisation, signal);
    const { prediction } = this.#models as SharedModels;
    return predictTrained(await this.#engine, prediction, fitted.parameters, inputs, testRows);
  }
}

/** The thread side of `TrainingPool`. */
answerCalls<TrainingCalls>((setup) => {
  const { engineName } = setup as TrainingSetup;
  const thread = new TrainingThread(openEngine(engineName));
  return {
    models: (models) => thread.useModels(models),
    data: (data) => thread.useData(data),
    fit: (task, context) => thread.fit(task, context),
    predict: (task, { signal }) => thread.predict(task, signal),
    predictTrained: (task, { signal }) => thread.predictTrained(task, signal),
  };
});

/** Standardised features of some rows, until the pool closes. */
function inputsOf(
  features: TrainingData['features'],
  standardisation: Standardisation,
  signal: AbortSignal,
): InputsOf {
  return (rows) => {
    throwIfAborted(signal);
    return standardise(features, rows, standardisation);
  };
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new TrainError('INTERRUPTED', 'training was interrupted');
}
