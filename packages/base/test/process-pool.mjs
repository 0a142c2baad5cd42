// what the tests' processes do, by what they are asked
import { spawn } from 'node:child_process';
import { answerJobs } from '../dist/processes.js';

answerJobs((setup) => async (input) => {
  switch (input.do) {
    case 'add':
      return { sum: setup.base + input.value, pid: process.pid };
    case 'throw':
      throw Object.assign(new Error('told to'), {});
    case 'exit':
      console.error('last words');
      process.exit(7);
      break;
    case 'hang':
      return new Promise(() => undefined);
    case 'loop':
      for (;;);
    case 'child':
      return { pid: process.pid, child: spawn('sleep', ['1000']).pid };
  }
  return null;
});
