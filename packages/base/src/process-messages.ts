import type { Json } from './canonical-json.ts';

/** A message from a pool to a process: its setup first, then one job at a time. */
export type ProcessRequest = { readonly setup: Json } | { readonly id: number; readonly input: Json };

/** How the work on a job ended, as the process that did it reports it. */
export type ProcessAnswer =
  | { readonly id: number; readonly output: Json }
  | { readonly id: number; readonly thrown: { readonly code: string | null; readonly message: string } };
