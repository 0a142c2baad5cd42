/** One kind of call that a thread answers: what it is sent and what it sends back, both by structured clone. */
export interface ThreadCall {
  readonly request: unknown;
  readonly reply: unknown;
}

/** The calls that a thread answers, by name: an interface whose members are each a `ThreadCall`. */
export type ThreadCalls<Calls> = { readonly [Name in keyof Calls]: ThreadCall };

/** What passes from a pool to a thread: a call, or `STOP`. */
export type ThreadRequest =
  { readonly id: number; readonly name: string; readonly request: unknown } | typeof STOP;

/** Asks a thread to end itself between two calls. */
export const STOP = 'stop';

/** What a thread answers to call `id`: how much work is done so far, at last the reply or what was thrown. */
export type ThreadAnswer =
  | { readonly id: number; readonly done: number }
  | { readonly id: number; readonly reply: unknown }
  | { readonly id: number; readonly thrown: ThrownError };

/** An error as it crosses to the pool's thread: structured clone drops a class and its properties. */
export interface ThrownError {
  /** `name` of the error, for a coded error its class: `TrainError`. */
  readonly name: string;
  readonly message: string;
  /** Other own properties that are strings, numbers, booleans or null: `code` of a coded error. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}
