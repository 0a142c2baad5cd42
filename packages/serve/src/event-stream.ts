import { PassThrough, type Readable } from 'node:stream';
import type { ErrorAnswer } from './error-answer.ts';

/** Takes the frames that are done, and how many there are as far as that is known. */
export type OnProgress = (frames: number, total: number | null) => void;

/**
 * A job as server-sent events: `progress` any number of times, each only when the client has taken the one before, then `result`
 * or `error`.
 *
 * @param job gives what `result` carries
 * @param answerOf the part of an error that the client gets
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventStream(
  job: (onProgress: OnProgress) => Promise<object>,
  answerOf: (error: unknown) => ErrorAnswer,
): Readable {
  const stream = new PassThrough();
  const send = (event: string, data: object): void => {
    if (!stream.destroyed) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const onProgress: OnProgress = (frames, total) => {
    if (stream.writableLength + stream.readableLength === 0) send('progress', { frames, total });
  };
  // the client learns at once that the answer has begun
  onProgress(0, null);
  void job(onProgress)
    .then(
      (result) => send('result', result),
      (error: unknown) => {
        const { code, message } = answerOf(error);
        send('error', { error: message, code });
      },
    )
    .finally(() => stream.end());
  return stream;
}
