// Asks a server for LPIPS as fast as it answers, in a process of its own: node lpips-load.mjs PORT, until it is disconnected.
import { Agent, request } from 'node:http';

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true });
const [WIDTH, HEIGHT] = [576, 324];
const MODEL = '/v2/models/vmaf_tiny_lpips_sq_v1/infer';

let state = 1;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;

/** Images as bytes and as normalised pixels, JSON with few pixels, and a larger pair: what is converted and what is not. */
const bodies = [
  binary('UINT8', Uint8Array, WIDTH, HEIGHT, (value) => 255 * value),
  binary('FP32', Float32Array, WIDTH, HEIGHT, (value) => value),
  binary('UINT8', Uint8Array, 1920, 1080, (value) => 255 * value),
  json(64, 48),
];
const counts = { 200: 0, 503: 0 };
process.send('ready');
process.on('message', () => process.send(counts));
process.on('disconnect', () => process.exit());
await Promise.all(bodies.map((body) => askOn(body)));

function binary(datatype, TypedArray, width, height, valueOf) {
  const shape = [1, 3, height, width];
  const data = ['ref', 'dist'].map(() =>
    TypedArray.from({ length: 3 * height * width }, () => valueOf(random())),
  );
  const inputs = ['ref', 'dist'].map((name, i) => ({
    name,
    datatype,
    shape,
    parameters: { binary_data_size: data[i].byteLength },
  }));
  const head = Buffer.from(JSON.stringify({ inputs }));
  const headers = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': head.length,
  };
  return { headers, body: Buffer.concat([head, ...data.map(({ buffer }) => Buffer.from(buffer))]) };
}

function json(width, height) {
  const shape = [1, 3, height, width];
  const inputs = ['ref', 'dist'].map((name) => ({
    name,
    datatype: 'FP32',
    shape,
    data: Array.from({ length: 3 * height * width }, random),
  }));
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ inputs }) };
}

async function askOn({ headers, body }) {
  for (;;) counts[await ask(headers, body)]++;
}

function ask(headers, body) {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: MODEL, method: 'POST', agent, headers };
    request({ ...options, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode in counts) resolve(answer.statusCode);
        else reject(new Error(`answered ${answer.statusCode}`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}
