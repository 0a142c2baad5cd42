// `node --import interrupt-at-import.mjs …`: Ctrl-C at the moment that the files for shipping are imported.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

export async function load(url, context, nextLoad) {
  if (/\/ship-files-\w+\.js$/.test(url)) process.kill(process.pid, 'SIGINT');
  return nextLoad(url, context);
}

// this file is also the hook itself, which Node runs on a thread of its own
if (isMainThread) register(import.meta.url);
