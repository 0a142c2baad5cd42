// Requests over a few keep-alive connections, one at a time on each: a client that costs less than the server it measures.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * @param {number} port on 127.0.0.1
 * @param {Buffer} request whole, head and body
 * @returns {Promise<{ answers: number, seconds: number }>} every answer a 200
 */
export async function load(port, request, { connections, milliseconds }) {
  const start = performance.now();
  const counts = await Promise.all(
    Array.from({ length: connections }, () => askUntil(start + milliseconds, port, request)),
  );
  return {
    answers: counts.reduce((sum, count) => sum + count, 0),
    seconds: (performance.now() - start) / 1000,
  };
}

function askUntil(deadline, port, request) {
  return new Promise((resolve, reject) => {
    let count = 0;
    let received = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = answerLength(received);
      if (length === null || received.length < length) return;
      received = received.subarray(length);
      count++;
      if (performance.now() < deadline) return socket.write(request);
      socket.destroy();
      resolve(count);
    });
  });
}

/**
 * One request after another on one connection, a pause before each.
 *
 * @returns {Promise<number[]>} milliseconds from each request's first byte to its answer's last
 */
export async function latencies(port, request, { pauseMs, milliseconds }) {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  const times = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    await sleep(pauseMs);
    const start = performance.now();
    socket.write(request);
    let received = Buffer.alloc(0);
    do received = Buffer.concat([received, ...(await once(socket, 'data'))]);
    while (!(received.length >= (answerLength(received) ?? Infinity)));
    times.push(performance.now() - start);
  }
  socket.destroy();
  return times;
}

/** Bytes of head and body, null while the head is not whole. */
function answerLength(bytes) {
  const head = bytes.indexOf(END_OF_HEAD);
  if (head < 0) return null;
  const text = bytes.toString('latin1', 0, head);
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(`answered ${text.slice(0, 64)}`);
  return head + END_OF_HEAD.length + Number(/content-length: (\d+)/i.exec(text)[1]);
}
