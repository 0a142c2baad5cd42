// Loaded into every process of a soak (NODE_OPTIONS=--import): notes when work on a pair begins and when its result is put in place.
import fs, { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const log = process.env.COUNTED_RESULTS;
const begun = new Map();
const { linkSync } = fs;
fs.linkSync = (from, to) => {
  const id = basename(to, '.json');
  try {
    linkSync(from, to);
    appendFileSync(log, `${id} first ${begun.get(id)} ${Date.now()}\n`);
  } catch (error) {
    if (error.code === 'EEXIST') appendFileSync(log, `${id} again ${begun.get(id)} ${Date.now()}\n`);
    throw error;
  }
};
syncBuiltinESMExports();
process.on('newListener', (event) => {
  // only the processes that answer jobs listen to messages
  if (event !== 'message' || begun.has('listens')) return;
  begun.set('listens', 0);
  process.on('message', ({ input }) => {
    if (input?.kind === 'pair') begun.set(input.job.id, Date.now());
  });
});
