/** The answer of a thread to a call: the reply, or why there is none. */
export type Answer<Reply> = Reply | { readonly id: number; readonly message: string };

/**
 * The thread side of `WorkerCalls`: answers requests one after the other.
 *
 * @param answer gives the reply, and the memory that moves with it; what it throws is answered by its message
 * @param failed is called before a request is answered that has failed
 */
export function answerInTurn<Request extends { readonly id: number }, Reply extends { readonly id: number }>(
  answer: (request: Request) => Promise<readonly [reply: Omit<Reply, 'id'>, transfer: Transferable[]]>,
  failed?: (request: Request) => void,
): (request: Request) => void {
  const send = (message: object, transfer: Transferable[] = []): void => postMessage(message, { transfer });
  let queue: Promise<void> = Promise.resolve();
  const inTurn = async (request: Request): Promise<void> => {
    const { id } = request;
    try {
      const [reply, transfer] = await answer(request);
      send({ ...reply, id }, transfer);
    } catch (error) {
      failed?.(request);
      send({ id, message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (request) => {
    queue = queue.then(() => inTurn(request));
  };
}
