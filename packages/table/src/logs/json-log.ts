import { TableError } from '../errors.ts';
import { JsonCursor, JsonTextError } from './json-cursor.ts';
import { LogColumns } from './log-columns.ts';
import type { LogHeader, VmafLog } from './vmaf-log.ts';

/**
 * `{version, fps, frames: [{frameNum, metrics: {name: value}}], …}`; `ExecFps` and `params` are those of libvmaf 1.x.
 *
 * @throws TableError NOT_A_LOG | DAMAGED | NO_ROWS
 */
export function parseJsonLog(text: string, name: string): VmafLog {
  const columns = new LogColumns(name);
  const header: LogHeader = {};
  const cursor = new JsonCursor(text);
  let hasFrames = false;
  try {
    cursor.object((key) => {
      if (key === 'version') setText(header, 'version', cursor);
      else if (key === 'fps' || key === 'ExecFps') setSpeed(header, cursor);
      else if (key === 'params') readParams(header, cursor);
      else if (key === 'frames') {
        hasFrames = true;
        cursor.array(() => readFrame(cursor, columns));
      } else cursor.skip();
    });
    cursor.end();
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw new TableError('DAMAGED', `${name} is not whole JSON: ${error.message}; write it again`, {
      cause: error,
    });
  }
  if (!hasFrames)
    throw new TableError('NOT_A_LOG', `${name} is JSON without "frames", expected a log of libvmaf`);
  return columns.finish('json', header);
}

/** frameNum comes first, as libvmaf writes it: the values that follow belong to it. */
function readFrame(cursor: JsonCursor, columns: LogColumns): void {
  let isStarted = false;
  cursor.object((key) => {
    if (key === 'frameNum') {
      columns.frame(cursor.number());
      isStarted = true;
    } else if (key === 'metrics') {
      if (!isStarted) throw new JsonTextError('a frame has no frameNum before its metrics');
      cursor.object((metric) => columns.value(metric, cursor.number()));
    } else cursor.skip();
  });
  if (!isStarted) throw new JsonTextError('a frame has no frameNum');
}

function readParams(header: LogHeader, cursor: JsonCursor): void {
  cursor.object((key) => (key === 'model' ? setText(header, 'model', cursor) : cursor.skip()));
}

function setText(header: LogHeader, key: 'version' | 'model', cursor: JsonCursor): void {
  const text = cursor.stringOrSkip();
  if (text !== undefined) header[key] = text;
}

function setSpeed(header: LogHeader, cursor: JsonCursor): void {
  const fps = cursor.number();
  if (Number.isFinite(fps)) header.fps = fps;
}
