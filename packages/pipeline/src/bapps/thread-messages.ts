/** What a `ThreadPool` sends to a thread, and gets back. */
export interface ThreadRequest<Content> {
  readonly id: number;
  readonly content: Content;
}

export type ThreadReply<Content> =
  { readonly id: number; readonly content: Content } | { readonly id: number; readonly failure: string };
