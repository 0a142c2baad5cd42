import { TableError } from '../errors.ts';
import { foreignJson } from './foreign-logs.ts';
import { JsonCursor, JsonTextError } from './json-cursor.ts';
import { LogColumns } from './log-columns.ts';
import type { LogHeader, VmafLog } from './vmaf-log.ts';

/**
 * `{version, fps, frames: [{frameNum, metrics: {name: value}}], …}`; `ExecFps` and `params` are those of libvmaf 1.x. The
 * Python package's `run_vmaf` has the metrics in the frame itself, ffmpeg-quality-metrics `vmaf: [{n, name: value}]`
 * with frames from 1.
 *
 * @throws TableError NOT_A_LOG | DAMAGED | NO_ROWS
 */
export function parseJsonLog(text: string, name: string): VmafLog {
  const columns = new LogColumns(name);
  const header: LogHeader = {};
  const cursor = new JsonCursor(text);
  const keys: string[] = [];
  let hasFrames = false;
  let schema: string | undefined;
  try {
    cursor.object((key) => {
      if (keys.length < MAX_KEYS) keys.push(key);
      if (key === 'version') setText(header, 'version', cursor);
      else if (key === 'schema') schema = cursor.stringOrSkip();
      else if (key === 'fps' || key === 'ExecFps') setSpeed(header, cursor);
      else if (key === 'params')
        cursor.object((name) => (name === 'model' ? setText(header, 'model', cursor) : cursor.skip()));
      else if ((key === 'frames' || key === 'vmaf') && cursor.isArray() && !hasFrames) {
        hasFrames = true;
        cursor.array(() => readFrame(cursor, columns, key === 'frames' ? LIBVMAF : QUALITY_METRICS, name));
      } else cursor.skip();
    });
    cursor.end();
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const problem = `${name} is not whole JSON: ${error.message}; write it again`;
    throw new TableError('DAMAGED', problem, { cause: error });
  }
  if (!hasFrames) {
    const foreign = foreignJson(keys, schema);
    throw new TableError(
      'NOT_A_LOG',
      foreign === undefined
        ? `${name} is JSON without "frames", expected a log of libvmaf`
        : `${name} is ${foreign} and no log of libvmaf; expected JSON with "frames"`,
    );
  }
  return columns.finish('json', header);
}

const MAX_KEYS = 100; // enough to see what a document is

const LIBVMAF = { frame: 'frameNum', first: 0 };
const QUALITY_METRICS = { frame: 'n', first: 1 };

/** Values may come before the number of their frame: libvmaf writes it first, other programs last. */
function readFrame(cursor: JsonCursor, columns: LogColumns, names: typeof LIBVMAF, name: string): void {
  let frame: number | undefined;
  let isForeign = false;
  let waiting: [string, number][] = [];
  const value = (metric: string, number: number): void => {
    if (frame !== undefined) columns.value(metric, number);
    else if (waiting.push([metric, number]) > MAX_WAITING)
      throw new JsonTextError(`a frame has ${MAX_WAITING} metrics before its ${names.frame}`);
  };
  cursor.object((key) => {
    if (key === names.frame) {
      frame = cursor.number() - names.first;
      columns.frame(frame);
      for (const [metric, number] of waiting) columns.value(metric, number);
      waiting = [];
    } else if (key === 'metrics') {
      isForeign = false;
      if (frame === undefined) throw new JsonTextError(`a frame has no ${names.frame} before its metrics`);
      cursor.object((metric) => value(metric, cursor.number()));
    } else {
      isForeign = true;
      const number = cursor.numberOrSkip();
      if (number !== undefined) value(key, number);
    }
  });
  if (frame !== undefined) return;
  if (!isForeign) throw new JsonTextError(`a frame has no ${names.frame}`);
  throw new TableError(
    'NOT_A_LOG',
    `${name} has a frame without ${names.frame}, so it is no log of libvmaf; ffprobe and other programs write frames too`,
  );
}

const MAX_WAITING = 1024;

function setText(header: LogHeader, key: 'version' | 'model', cursor: JsonCursor): void {
  const text = cursor.stringOrSkip();
  if (text !== undefined) header[key] = text; // own key: a literal of the caller
}

function setSpeed(header: LogHeader, cursor: JsonCursor): void {
  const fps = cursor.number();
  if (Number.isFinite(fps)) header.fps = fps;
}
