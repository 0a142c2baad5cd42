import type { OpenModel } from '@vqforge/runtime/node';
import type { Tensor, TensorData, Tensors } from '@vqforge/runtime';
import { RuntimeError } from '@vqforge/runtime';
import { modelFacts } from './model-facts.ts';

/** Rows of one run at most: with 64 hidden values per row that is some megabytes, and about a millisecond. */
const MAX_ROWS = 8192;

interface Call {
  readonly feeds: Tensors;
  readonly rows: number;
  readonly areFinite: boolean;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A model whose runs are put together: calls that are made while the event loop reads its sockets become one run of all
 * their rows. For models whose every input and output has one row per item; a row's answer does not depend on the others.
 */
export function batchedModel(model: OpenModel): OpenModel {
  const calls: Call[] = [];
  const flush = (): void => {
    const batch = takeBatch(calls);
    if (calls.length > 0) setImmediate(flush);
    runTogether(model, batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
  };
  return {
    ...modelFacts(model),
    run: (feeds, _fetches, areFinite = false) =>
      new Promise((resolve, reject) => {
        const [first] = Object.values(feeds);
        if (calls.length === 0) setImmediate(flush);
        calls.push({ feeds, rows: first?.dims[0] ?? 0, areFinite, resolve, reject });
      }),
    suspend: () => model.suspend(),
    close: () => model.close(),
  };
}

/** The next calls that fit one run; a larger one has a run of its own. */
function takeBatch(calls: Call[]): Call[] {
  let rows = 0;
  const tooMany = calls.findIndex((call) => (rows += call.rows) > MAX_ROWS);
  return calls.splice(0, tooMany < 0 ? calls.length : Math.max(tooMany, 1));
}

async function runTogether(model: OpenModel, batch: readonly Call[]): Promise<void> {
  const [only] = batch;
  if (batch.length === 1 && only !== undefined)
    return only.resolve(await model.run(only.feeds, undefined, only.areFinite));
  const feeds = Object.create(null) as Record<string, Tensor>;
  for (const { name } of model.inputs)
    feeds[name] = concatenated(batch.map((call) => call.feeds[name] as Tensor));
  const areFinite = batch.every((call) => call.areFinite);
  const outputs = await model.run(feeds, undefined, areFinite);
  const total = batch.reduce((sum, { rows }) => sum + rows, 0);
  for (const name in outputs) requireRows(name, outputs[name] as Tensor, total);
  let row = 0;
  for (const { rows, resolve } of batch) {
    const part = Object.create(null) as Record<string, Tensor>;
    for (const name in outputs) part[name] = rowsOf(outputs[name] as Tensor, row, rows);
    resolve(part);
    row += rows;
  }
}

/** Answers are handed out by their place, so there must be exactly one per row. @throws RuntimeError RUN_FAILED */
function requireRows(name: string, { dims, data }: Tensor, rows: number): void {
  if (dims[0] === rows && data.length % rows === 0) return;
  throw new RuntimeError(
    'RUN_FAILED',
    `the model answered ${name} [${dims.join()}] for ${rows} rows of several requests, expected one item per row`,
  );
}

function concatenated(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors as [Tensor];
  const rows = tensors.reduce((sum, { dims }) => sum + (dims[0] as number), 0);
  const data = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.data.length, 0));
  let at = 0;
  for (const tensor of tensors) {
    data.set(tensor.data as Float32Array, at);
    at += tensor.data.length;
  }
  return { type: first.type, dims: [rows, ...first.dims.slice(1)], data };
}

function rowsOf({ type, dims, data }: Tensor, start: number, rows: number): Tensor {
  const width = data.length / (dims[0] as number);
  const part = data.slice(start * width, (start + rows) * width) as TensorData;
  return { type, dims: [rows, ...dims.slice(1)], data: part };
}
