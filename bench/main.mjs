// `npm run bench [-- part... --rounds N --beside DIR]`: this project beside its peers, measured in turns in one run.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';

/** Each part is a file beside this one with `run({ rounds })`. */
const PARTS = [
  'train',
  'table',
  'steps',
  'seeds',
  'student',
  'lpips',
  'runtime',
  'serve',
  'video',
  'score',
  'evaluate',
  'features',
  'corpus',
  'page',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, beside: { type: 'string' } },
});
const rounds = Number(values.rounds);
const unknown = positionals.filter((part) => !PARTS.includes(part));
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    `usage: npm run bench [-- ${PARTS.map((part) => `[${part}]`).join(' ')} --rounds N --beside DIR]`,
  );
  process.exit(2);
}

console.log(
  `${cpus()[0].model}, ${availableParallelism()} cores, node ${process.version}, ${rounds} rounds in turns`,
);
for (const part of positionals.length > 0 ? positionals : PARTS) {
  const { run } = await import(`./${part}.mjs`);
  console.log(`\n## ${part}`);
  await run({ rounds, beside: values.beside });
}
