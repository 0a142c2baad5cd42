import { parentPort, workerData } from 'node:worker_threads';
import type { Standardisation } from '@vqforge/artifact';
import type { TrainingData } from './dataset.ts';
import { foldOf } from './dataset.ts';
import { openEngine, type Engine, type Session } from './engine.ts';
import { TrainError } from './errors.ts';
import { fit } from './fit.ts';
import { predict, predictTrained, type InputsOf } from './predict.ts';
import { fitStandardisation, standardise } from './standardisation.ts';
import type {
  FitReply,
  FitTask,
  PredictTask,
  PredictTrainedTask,
  Reply,
  Request,
  SharedModels,
  Task,
  WorkerSetup,
} from './training-messages.ts';

/** The thread side of the training pool: one engine, one training session that all folds share. */
const { engineName } = workerData as WorkerSetup;
const port = parentPort as NonNullable<typeof parentPort>;
// a failure surfaces at the first task
const engine: Promise<Engine> = openEngine(engineName);
engine.catch(() => undefined);
let models: SharedModels | undefined;
let trainingSession: Promise<Session> | undefined;
let data: TrainingData | undefined;
let isStopping = false;

port.on('message', (request: Request) => {
  if (request.type === 'models') {
    models = request.models;
    // starts while the table is still being read
    trainingSession = engine.then((opened) => opened.load(request.models.training));
    trainingSession.catch(() => undefined);
  } else if (request.type === 'data') data = request.data;
  else if (request.type === 'stop') {
    isStopping = true;
    port.close();
  } else void answer(request).then((reply) => port.postMessage(reply));
});

async function answer(request: Task): Promise<Reply> {
  try {
    const loaded = data as TrainingData;
    return { type: 'result', value: await perform(loaded, request) };
  } catch (error) {
    // a foreign code, such as Node's own, would read as one of ours
    const code = error instanceof TrainError ? error.code : 'WORKER_FAILED';
    return { type: 'error', code, message: error instanceof Error ? error.message : String(error) };
  }
}

function perform(loaded: TrainingData, task: Task): Promise<FitReply | Float32Array> {
  switch (task.type) {
    case 'fit':
      return fitFold(loaded, task);
    case 'predict':
      return predictFold(loaded, task);
    case 'predict-trained':
      return predictTrainedFold(loaded, task);
  }
}

async function fitFold(
  { features, target, source }: TrainingData,
  { heldOutSource, recipe, seed }: FitTask,
): Promise<FitReply> {
  const { trainRows } = foldOf(source, heldOutSource);
  const standardisation = fitStandardisation(features, trainRows);
  const targets = recipe.standardiseTarget
    ? fitStandardisation([target], trainRows)
    : { mean: [0], scale: [1] };
  const result = await fit({
    session: await (trainingSession as Promise<Session>),
    features: standardise(features, trainRows, standardisation),
    targets: standardise([target], trainRows, targets),
    recipe,
    seed,
    onSteps: (done, total) => {
      throwIfStopping();
      port.postMessage({ type: 'progress', done, total } satisfies Reply);
    },
  });
  return {
    ...result,
    standardisation,
    targetStandardisation: { mean: targets.mean[0] as number, scale: targets.scale[0] as number },
  };
}

async function predictFold(
  { features, source }: TrainingData,
  { heldOutSource, model, standardisation }: PredictTask,
): Promise<Float32Array> {
  const { testRows } = foldOf(source, heldOutSource);
  return predict(await engine, model, inputsOf(features, standardisation), testRows);
}

async function predictTrainedFold(
  { features, source }: TrainingData,
  { heldOutSource, fitted }: PredictTrainedTask,
): Promise<Float32Array> {
  const { testRows } = foldOf(source, heldOutSource);
  const inputs = inputsOf(features, fitted.standardisation);
  return predictTrained(
    await engine,
    (models as SharedModels).prediction,
    fitted.parameters,
    inputs,
    testRows,
  );
}

/** Standardised features of some rows, as long as somebody wants them. */
function inputsOf(features: TrainingData['features'], standardisation: Standardisation): InputsOf {
  return (rows) => {
    throwIfStopping();
    return standardise(features, rows, standardisation);
  };
}

function throwIfStopping(): void {
  if (isStopping) throw new TrainError('INTERRUPTED', 'training was interrupted');
}
