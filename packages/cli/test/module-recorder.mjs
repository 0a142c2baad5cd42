// `node --import module-recorder.mjs …`: appends the URL of every imported module to the file named by MODULE_LOG.
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const log = process.env['MODULE_LOG'];

export async function load(url, context, nextLoad) {
  appendFileSync(log, `${url}\n`);
  return nextLoad(url, context);
}

// this file is also the hook itself, which Node runs on a thread of its own
if (isMainThread) register(import.meta.url);
