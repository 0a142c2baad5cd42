/** The part of node-postgres that is used here; it brings no types. */
declare module 'pg' {
  class Pool {
    constructor(options: { readonly connectionString: string });
    on(event: 'error', listener: (error: Error) => void): this;
    query(text: string): Promise<unknown>;
    end(): Promise<void>;
  }
}
