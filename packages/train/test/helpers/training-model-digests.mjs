// Prints the digests of training models, built in a process of its own. Run by training-graph.test.ts.
import { createHash } from 'node:crypto';
import { trainingModel } from '../../dist/training-graph.js';

for (const options of JSON.parse(process.argv[2]))
  console.log(createHash('sha256').update(trainingModel(options)).digest('hex'));
