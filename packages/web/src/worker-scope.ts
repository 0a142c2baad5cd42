/** The side of a dedicated worker: typed messages in and out. */
interface WorkerScope<In, Out> {
  receive(listener: (message: In) => void): void;
  send(message: Out, transfer?: Transferable[]): void;
}

/** What the types of a page do not have: the global scope of the worker that this module runs in. */
export function workerScope<In, Out>(): WorkerScope<In, Out> {
  const scope = globalThis as unknown as {
    postMessage(message: Out, transfer: Transferable[]): void;
    addEventListener(type: 'message', listener: (event: MessageEvent<In>) => void): void;
  };
  return {
    receive: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
    send: (message, transfer = []) => scope.postMessage(message, transfer),
  };
}
