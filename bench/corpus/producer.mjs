// Gives 100,000 jobs to a queue, from a manifest of as many pairs; prints the most memory that it took. <manifest> <address>
const load = (name) => import(new URL(`../../packages/corpus/dist/${name}`, import.meta.url).href);
const [manifest, url] = process.argv.slice(2);
const { readCorpusManifest, queueUrl } = await load('index.js');
const { jobsOf, planPairs } = await load('corpus-plan.js');
const { QueueSession } = await load('queue-session.js');
const { pairs } = await readCorpusManifest(manifest);
const digest = (path) => ({
  sha256: path.slice(-64),
  state: '123456789:1048576:1700000000000000000:1700000000000000000',
});
const jobs = jobsOf(planPairs(pairs, { run: 'bench' }, digest));
const start = performance.now();
const producer = (await QueueSession.open(queueUrl(url), 'bench')).producer();
await producer.add(jobs.map((input) => ({ key: input.id, input })));
console.log(
  JSON.stringify({
    jobs: await producer.open(),
    ms: performance.now() - start,
    memory: process.resourceUsage().maxRSS * 1024,
  }),
);
await producer.clear();
process.exit();
