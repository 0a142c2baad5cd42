import { SaxesParser } from 'saxes';
import { TableError } from '../errors.ts';
import { textNumber } from '../text-number.ts';
import { excerpt } from './excerpt.ts';
import { LogColumns } from './log-columns.ts';
import type { LogHeader, VmafLog } from './vmaf-log.ts';

type Attributes = ReadonlyMap<string, string>;

/** Beside its frames a log has one element per metric, and five others. */
const MAX_OTHER_ELEMENTS = 2048;
/** 1,024 metrics of 200 characters with their values. */
const MAX_TAG = 262_144;
/** A log nests four levels. */
const MAX_DEPTH = 32;

/**
 * `<VMAF version><fyi fps/><frames><frame frameNum metric="value" …/>…</frames>…</VMAF>` in one strict pass; `<result>` is
 * the root of what `run_vmaf` of the Python package writes. Elements are dropped as they are read. libvmaf declares no
 * document type and writes no CDATA, so neither is accepted.
 *
 * @throws TableError NOT_A_LOG | DAMAGED | NO_ROWS
 */
export function parseXmlLog(text: string, name: string): VmafLog {
  const columns = new LogColumns(name);
  const header: LogHeader = {};
  const parser = new SaxesParser();
  let [depth, others, tagBytes] = [0, 0, 0];
  let attributes = new Map<string, string>();
  const refuse = (problem: string): never => {
    throw new TableError('DAMAGED', `${name} is not whole XML: ${excerpt(problem, 200)}; write it again`);
  };
  parser.on('error', ({ message }) => {
    const isCut = /unclosed tag|unexpected end/.test(message) && parser.position >= text.length;
    refuse(isCut ? `it is cut short (${message})` : message);
  });
  parser.on('doctype', () => refuse('it declares a document type, and libvmaf writes none'));
  parser.on('cdata', () => refuse('it has CDATA, and libvmaf writes none'));
  parser.on('opentagstart', (tag) => {
    if (depth++ === 0 && !ROOTS.has(tag.name)) throw notALog(name, tag.name);
    if (depth > MAX_DEPTH) refuse(`it nests deeper than ${MAX_DEPTH} levels`);
    attributes = new Map();
    tagBytes = 0;
  });
  parser.on('attribute', ({ name: key, value }) => {
    tagBytes += key.length + value.length;
    if (tagBytes > MAX_TAG) refuse(`it has a tag of more than ${MAX_TAG} characters`);
    if (attributes.has(key)) refuse(`it has a repeated attribute ${excerpt(key)}`);
    attributes.set(key, value);
  });
  parser.on('opentag', (tag) => {
    if (tag.name === 'frame') return readFrame(attributes, columns);
    if (++others > MAX_OTHER_ELEMENTS)
      throw columns.damaged(`has more than ${MAX_OTHER_ELEMENTS} elements beside its frames`);
    readHeader(tag.name, attributes, header);
  });
  parser.on('closetag', () => depth--);
  for (let at = 0; at < text.length; at += MAX_TAG) parser.write(text.slice(at, at + MAX_TAG));
  parser.close();
  return columns.finish('xml', header);
}

const ROOTS = new Set(['VMAF', 'result']);

function readFrame(attributes: Attributes, columns: LogColumns): void {
  const frameNum = attributes.get('frameNum');
  if (frameNum === undefined) throw columns.damaged('has a frame without frameNum');
  columns.frame(textNumber(frameNum) ?? frameNum);
  for (const [metric, text] of attributes) {
    if (metric === 'frameNum') continue;
    const value = textNumber(text);
    if (value === undefined)
      throw columns.damaged(
        `has ${excerpt(metric)}="${excerpt(text)}" in frame ${frameNum}, expected a number`,
      );
    columns.value(metric, value);
  }
}

/** `execFps` and `model` are those of libvmaf 1.x. */
function readHeader(element: string, attributes: Attributes, header: LogHeader): void {
  const version = attributes.get('version');
  const model = attributes.get('model');
  if (element === 'VMAF' && version !== undefined) header.version = version;
  if (element === 'params' && model !== undefined) header.model = model;
  const picture = element === 'params' ? pictureOf(attributes) : undefined;
  if (picture !== undefined) header.picture = picture;
  const fps = attributes.get('fps') ?? attributes.get('execFps') ?? '';
  const speed = element === 'fyi' ? textNumber(fps) : undefined;
  if (speed !== undefined && Number.isFinite(speed)) header.fps = speed;
}

/** libvmaf 1.x called them scaled: both clips had been brought to that size. */
function pictureOf(attributes: Attributes): LogHeader['picture'] {
  const [width, height] = ['Width', 'Height'].map((side) =>
    textNumber(attributes.get(`quality${side}`) ?? attributes.get(`scaled${side}`) ?? ''),
  );
  const isSize = [width, height].every((value) => Number.isSafeInteger(value) && (value as number) > 0);
  return isSize ? { width: width as number, height: height as number } : undefined;
}

function notALog(name: string, element: string): TableError {
  return new TableError(
    'NOT_A_LOG',
    `${name} is XML of another kind (<${excerpt(element)}>), expected <VMAF>`,
  );
}
