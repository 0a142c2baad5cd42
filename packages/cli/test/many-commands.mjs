// Runs a JSON list of argument lists, given on stdin, through the built command tree; answers with their outcomes.
import { text } from 'node:stream/consumers';
import { exitCodeOf, reportError } from '../dist/exit-codes.js';
import { buildProgram } from '../dist/program.js';

const said = { stdout: '', stderr: '' };
const answer = process.stdout.write.bind(process.stdout);
for (const name of ['stdout', 'stderr']) {
  process[name].write = (part) => {
    said[name] += part;
    return true;
  };
}

const outcomes = [];
for (const argv of JSON.parse(await text(process.stdin))) {
  said.stdout = '';
  said.stderr = '';
  let code = 0;
  try {
    const program = await buildProgram(new AbortController().signal, argv);
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    code = exitCodeOf(error);
    reportError(error, undefined, argv);
  }
  outcomes.push({ code, ...said });
}
answer(JSON.stringify(outcomes));
