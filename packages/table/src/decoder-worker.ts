import { threadId } from 'node:worker_threads';
import { answerCalls } from '@vqforge/base/node';
import { ColumnTasks } from './column-tasks.ts';
import type { DecoderCalls, SharedTable } from './decoder-messages.ts';
import { ContentDecoder } from './content-decoder.ts';

/** The thread side of `DecoderPool`. */
answerCalls<DecoderCalls>(() => {
  const decoder = new ContentDecoder();
  let table: SharedTable;
  let tasks: ColumnTasks;
  return {
    share: (shared) => {
      table = shared;
      tasks = new ColumnTasks(shared);
    },
    decode: async (task, { progress }) => {
      let done = 0;
      const decoded = await decoder.decode(task, table.columns, (rows) => progress((done += rows)));
      return { thread: threadId, ...decoded };
    },
    sort: (task) => tasks.sort(task),
    arrange: (task) => tasks.arrange(task),
  };
});
