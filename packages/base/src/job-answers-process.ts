import { CodedError } from './coded-error.ts';
import type { Json } from './canonical-json.ts';
import type { ProcessAnswer, ProcessRequest } from './process-messages.ts';

/**
 * The other side of `ProcessPool`: works on one job after another. When the pool's process is gone, however it ended, this process
 * ends at once, and with it the programs that it started.
 *
 * @param start makes what works on a job from the pool's `setup`
 */
export function answerJobs(start: (setup: Json) => (input: Json) => Promise<Json>): void {
  if (process.send === undefined)
    throw new Error('answerJobs runs in a process that was started by a ProcessPool');
  let work: ((input: Json) => Promise<Json>) | undefined;
  process.on('message', (request: ProcessRequest) => {
    if ('setup' in request) work = start(request.setup);
    else void answer(request.id, request.input);
  });
  process.on('disconnect', endGroup);
  const answer = async (id: number, input: Json): Promise<void> => {
    try {
      if (work === undefined) throw new Error('a job came before the setup');
      send({ id, output: await work(input) });
    } catch (error) {
      const code = error instanceof CodedError ? error.code : null;
      send({ id, thrown: { code, message: error instanceof Error ? error.message : String(error) } });
    }
  };
}

function send(answer: ProcessAnswer): void {
  // a pool that is gone reads nothing
  process.send?.(answer, undefined, undefined, () => undefined);
}

/** The pool makes each process the leader of a group, which what it starts belongs to. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(1);
  }
}
