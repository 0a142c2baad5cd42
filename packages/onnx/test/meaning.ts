import { decodeModel, encodeModel } from '../src/codec.ts';
import { OnnxError } from '../src/errors.ts';
import { scanModel } from '../src/scan.ts';
import { stripModel } from '../src/strip.ts';
import type { Model } from '../src/model.ts';
import type { Random } from './mutations.ts';
import { run } from './ort.ts';
import type { Feeds } from './ort.ts';

export interface Subject {
  readonly file: Uint8Array;
  readonly ops: ReadonlySet<string>;
  /** One entry per input, in the graph's order: mutations change names. */
  readonly feeds: readonly Feeds[string][];
}

/** How often ONNX Runtime answered what to mutated files; `''` where the forms of one file gave different answers. */
export type Outcomes = Map<string, number>;

/**
 * Mutates a file and runs whatever passes scan and decode three times: as it is, stripped, and decoded and encoded
 * again. All three must give the same bits or be refused alike.
 */
export async function outcomes(
  { file, ops, feeds }: Subject,
  mutate: (file: Uint8Array, random: Random) => Uint8Array,
  random: Random,
  count: number,
): Promise<Outcomes> {
  const counts: Outcomes = new Map();
  for (let index = 0; index < count; index++) {
    const bytes = mutate(file, random);
    const model = served(bytes, ops);
    if (model === undefined) continue;
    const named = Object.fromEntries(
      feeds.map((feed, input) => [model.graph.inputs[input]?.name ?? `missing ${input}`, feed]),
    );
    const forms = [bytes, stripModel(bytes), encodeModel(model)];
    const answers = new Set<string>();
    for (const form of forms) answers.add(await answer(form, named));
    const agreed = answers.size === 1 ? [...answers].join() : '';
    counts.set(agreed, (counts.get(agreed) ?? 0) + 1);
  }
  return counts;
}

/** Decoded, if the file may be served. */
function served(bytes: Uint8Array, ops: ReadonlySet<string>): Model | undefined {
  if (scanModel(bytes, { ops }).some(({ code }) => code !== 'UNSTRIPPED')) return undefined;
  try {
    return decodeModel(bytes);
  } catch (error) {
    if (error instanceof OnnxError) return undefined;
    throw error;
  }
}

/** The first output's bits, or `refused`. */
async function answer(bytes: Uint8Array, feeds: Feeds): Promise<string> {
  try {
    const scores = await run(bytes, feeds);
    return [...new Uint32Array(scores.slice().buffer)].join();
  } catch {
    return 'refused';
  }
}
