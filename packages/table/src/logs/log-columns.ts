import { TableError } from '../errors.ts';
import { excerpt } from './excerpt.ts';
import type { LogHeader, VmafLog } from './vmaf-log.ts';

/** libvmaf has some 60 metrics; a bootstrap model adds one per model. */
const MAX_METRICS = 1024;

/** How many values may be missing for each that is there: logs have gaps at their ends, not everywhere. */
const MAX_GAPS_PER_VALUE = 4;
/** A short log may be all gaps. */
const FREE_GAPS = 65_536;

/** frame_index of a feature table has 32 bits, the last value of which means that there is none. */
const MAX_FRAME = 2 ** 32 - 2;

/** Collects the frames of a log as columns; memory stays in proportion to the values seen. */
export class LogColumns {
  readonly #name: string;
  readonly #frames: number[] = [];
  readonly #columns = new Map<string, number[]>();
  #values = 0;
  #gaps = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Starts a frame; frames ascend, as libvmaf writes them. @throws TableError DAMAGED */
  frame(frame: number | string): void {
    if (typeof frame !== 'number' || !Number.isInteger(frame) || frame < 0 || frame > MAX_FRAME)
      throw this.damaged(`has the frame number ${excerpt(String(frame))}, expected a whole number from 0`);
    const last = this.#frames.at(-1);
    if (last !== undefined && frame <= last)
      throw this.damaged(`has frame ${frame} after frame ${last}, expected each once, in ascending order`);
    this.#frames.push(frame);
  }

  /** A value of the frame started last; whatever is not a finite number counts as missing. @throws TableError DAMAGED */
  value(metric: string, value: number): void {
    let column = this.#columns.get(metric);
    if (column === undefined) {
      if (this.#columns.size === MAX_METRICS)
        throw this.damaged(`has more than ${MAX_METRICS} metrics; it is no log of libvmaf`);
      this.#columns.set(metric, (column = []));
    }
    const row = this.#frames.length - 1;
    if (column.length > row) throw this.damaged(`has ${excerpt(metric)} twice in frame ${this.#frames[row]}`);
    this.#pad(column, row);
    column.push(Number.isFinite(value) ? value : NaN);
    this.#values++;
  }

  /** @throws TableError NO_ROWS | DAMAGED */
  finish(format: VmafLog['format'], header: LogHeader): VmafLog {
    const rows = this.#frames.length;
    if (rows === 0) throw new TableError('NO_ROWS', `${this.#name} has no frame; libvmaf measured nothing`);
    const metrics = new Map<string, Float64Array>();
    for (const [metric, column] of this.#columns) {
      this.#pad(column, rows);
      metrics.set(metric, Float64Array.from(column));
    }
    return { name: this.#name, format, ...header, frames: Uint32Array.from(this.#frames), metrics };
  }

  damaged(problem: string): TableError {
    return new TableError('DAMAGED', `${this.#name} ${problem}`);
  }

  #pad(column: number[], rows: number): void {
    this.#gaps += rows - column.length;
    if (this.#gaps > FREE_GAPS + MAX_GAPS_PER_VALUE * this.#values)
      throw this.damaged('lacks most metrics in most frames; it is no log of libvmaf');
    while (column.length < rows) column.push(NaN);
  }
}
