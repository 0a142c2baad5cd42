// `node --import module-recorder.mjs …`: appends the URL of every module to the file named by MODULE_LOG.
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const log = process.env.MODULE_LOG;

export async function load(url, context, nextLoad) {
  appendFileSync(log, `${url}\n`);
  return nextLoad(url, context);
}

// this file is also the hook itself, which Node runs on a thread of its own
if (isMainThread) {
  register(import.meta.url);
  const { cache } = createRequire(import.meta.url);
  process.on('exit', () => {
    // a blank line stands before those that were required
    appendFileSync(log, '\n');
    for (const path of Object.keys(cache)) appendFileSync(log, `${pathToFileURL(path).href}\n`);
  });
}
