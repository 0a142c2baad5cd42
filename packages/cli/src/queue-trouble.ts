import type { QueueUrl } from '@vqforge/corpus';
import type { Progress } from './progress.ts';

/** Says what is wrong with the server of a queue, once for each trouble. */
export function queueTrouble({ shown }: QueueUrl, progress: Progress): (message: string) => void {
  let said: string | undefined;
  return (message) => {
    if (message !== said) progress.line(`${shown}: ${message}`);
    said = message;
  };
}
