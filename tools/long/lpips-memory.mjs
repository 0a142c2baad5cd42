// Ten large LPIPS requests against `vqforge serve`, in turn and at once: the memory of the process at its peak, and 30 s after.
// Needs both LPIPS models (docs/lpips.md); is skipped, and says so, without them. Linux: it reads /proc.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../lib/check.mjs';

const MOST_PEAK_MIB = 2048;
const MOST_AFTER_MIB = 600;
const REST_MS = 30_000;
/** Pairs, height and width: 5.2 to 5.6 million pixels in all, of any shape. */
const SHAPES = [
  [1, 17, 160_000],
  [1, 1360, 2048],
  [1, 2700, 1000],
  [9000, 17, 17],
  [1, 600, 4600],
  [30, 300, 300],
  [1, 1360, 2048],
  [1, 1000, 2760],
  [1, 160_000, 17],
  [60, 210, 210],
];

let failures = 0;
for (const way of ['in turn', 'at once']) {
  const server = spawn(
    process.execPath,
    [join(root, 'packages/cli/bin/vqforge.js'), 'serve', '--port', '0', '--json'],
    { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  process.on('exit', () => server.kill('SIGKILL'));
  const { url, models } = JSON.parse(String(await once(server.stdout, 'data')));
  if (!models.includes('vmaf_tiny_lpips_sq_maps_v1')) {
    console.log('skipped: the LPIPS models are not here; docs/lpips.md says how to make them');
    server.kill('SIGKILL');
    break;
  }
  const statuses = [];
  if (way === 'in turn') for (const shape of SHAPES) statuses.push(await answered(url, shape));
  else statuses.push(...(await Promise.all(SHAPES.map((shape) => answered(url, shape)))));
  const peak = memory(server.pid, 'VmHWM');
  await sleep(REST_MS);
  const after = memory(server.pid, 'VmRSS');
  console.log(
    `ten ${way}: answers ${statuses.join(' ')}; peak ${peak} MiB, ${after} MiB after ${REST_MS / 1000} s`,
  );
  if (peak > MOST_PEAK_MIB || after > MOST_AFTER_MIB) failures++;
  if (!statuses.every((status) => [200, 503, 504].includes(status))) failures++;
  server.kill('SIGTERM');
  await once(server, 'exit');
}
process.exitCode = failures > 0 ? 1 : 0;

/** Asks until the server does not say that it has no room. @returns the last status */
async function answered(url, shape) {
  for (;;) {
    const { status, mayAskAgain } = await ask(url, shape);
    if (!mayAskAgain) return status;
    await sleep(200);
  }
}

function ask(url, [count, height, width]) {
  const bytes = 4 * 3 * count * height * width;
  const inputs = ['ref', 'dist'].map((name) => ({
    name,
    datatype: 'FP32',
    shape: [count, 3, height, width],
    parameters: { binary_data_size: bytes },
  }));
  const head = Buffer.from(JSON.stringify({ inputs }));
  // the higher ones go to the model with maps
  const model = height > width ? 'vmaf_tiny_lpips_sq_maps_v1' : 'vmaf_tiny_lpips_sq_v1';
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': head.length + 2 * bytes,
    'inference-header-content-length': head.length,
  };
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/v2/models/${model}/infer`, { method: 'POST', headers, agent: false });
    asking.on('error', reject).on('response', (response) => {
      // an answer may come before the body is sent, and the connection ends then
      asking.socket.on('error', () => undefined);
      const { statusCode: status } = response;
      response
        .resume()
        .on('end', () => resolve({ status, mayAskAgain: response.headers['retry-after'] === '1' }));
    });
    asking.write(head);
    asking.end(Buffer.alloc(2 * bytes));
  });
}

function memory(pid, field) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)[1]) / 1024);
}
