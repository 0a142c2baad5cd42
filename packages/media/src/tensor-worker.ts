import { parentPort, workerData } from 'node:worker_threads';
import { colourOf } from './colour.ts';
import { Comparison, type FrameSet } from './comparison.ts';
import { VideoError } from './errors.ts';
import { frameToTensor } from './frame-to-tensor.ts';
import type { ClipInfo, TensorPair, ThreadReply, ThreadRequest, ThreadSetup } from './tensor-messages.ts';
import type { VideoReader } from './video-reader.ts';

/** The thread that reads, decodes and converts ahead of whoever scores. */
const { comparison: options, colour, tensors: most } = workerData as ThreadSetup;
const port = parentPort as NonNullable<typeof parentPort>;
const free: TensorPair[] = [];
let made = 0;
let isClosing = false;
let wake: () => void = () => undefined;
let opened: Promise<Comparison> | undefined;

port.on('message', (request: ThreadRequest) => {
  if (request.type === 'recycle') free.push(request.tensors);
  else {
    isClosing = true;
    void opened?.then((comparison) => comparison.close()).catch(() => undefined);
  }
  wake();
});

await run();
port.close();

async function run(): Promise<void> {
  try {
    opened = Comparison.open(options);
    const comparison = await opened;
    const { reference, distorted } = comparison;
    reply({ type: 'opened', reference: clipInfo(reference), distorted: distorted.map(clipInfo) });
    for (let set = await comparison.read(); set !== null; set = await comparison.read()) {
      const tensors = await take(set);
      if (tensors === null) break;
      convert(set, tensors);
      reply({ type: 'set', index: set.index, tensors }, [tensors.reference, tensors.distorted]);
    }
    await comparison.close();
    reply({ type: 'end' });
  } catch (error) {
    await opened?.then((comparison) => comparison.close()).catch(() => undefined);
    reply({
      type: 'error',
      code: error instanceof VideoError ? error.code : 'WORKER_FAILED',
      message: error instanceof Error ? error.message : String(error),
      goodFrames: error instanceof VideoError ? error.goodFrames : null,
    });
  }
}

/** Memory for a set: new as long as there may be more, then what comes back; null when nobody wants it any more. */
async function take({ reference, distorted }: FrameSet): Promise<TensorPair | null> {
  for (;;) {
    if (isClosing) return null;
    const tensors = free.pop();
    if (tensors !== undefined) return tensors;
    if (made < most) {
      made++;
      const values = 3 * reference.format.width * reference.format.height;
      return {
        reference: new Float32Array(values),
        distorted: new Float32Array(values * distorted.length),
      };
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

function convert({ reference, distorted }: FrameSet, tensors: TensorPair): void {
  frameToTensor(reference, colour, tensors.reference);
  distorted.forEach((frame, at) => {
    const values = tensors.reference.length;
    frameToTensor(frame, colour, tensors.distorted.subarray(at * values, (at + 1) * values));
  });
}

function clipInfo({ name, container, format }: VideoReader): ClipInfo {
  return { name, container, format, colour: colourOf(colour, format) };
}

function reply(message: ThreadReply, moved: Float32Array<ArrayBuffer>[] = []): void {
  port.postMessage(
    message,
    moved.map(({ buffer }) => buffer),
  );
}
