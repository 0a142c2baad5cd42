// The part of the WebAssembly API that this package uses; Node's types have none, and those of the page would let all of it in.
export {};

declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array<ArrayBuffer>);
    }
    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, (...values: number[]) => unknown>>);
      readonly exports: Record<string, unknown>;
    }
  }
}
