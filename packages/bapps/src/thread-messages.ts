/** What a `ThreadPool` sends to a thread, and gets back. */
export interface ThreadRequest<Content> {
  readonly id: number;
  readonly content: Content;
}

/** Ends a thread after what it is doing; what waits is dropped. */
export const STOP = 'stop';

export type ThreadReply<Content> =
  { readonly id: number; readonly content: Content } | { readonly id: number; readonly failure: string };
