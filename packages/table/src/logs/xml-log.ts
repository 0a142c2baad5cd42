import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { TableError } from '../errors.ts';
import { excerpt } from './excerpt.ts';
import { LogColumns } from './log-columns.ts';
import { numberOf } from './number-text.ts';
import type { LogHeader, VmafLog } from './vmaf-log.ts';

type Attributes = Readonly<Record<string, string>>;

/** Beside its frames a log has one element per metric, and five others. */
const MAX_OTHER_ELEMENTS = 2048;

/** 1,024 metrics of 60 characters are 80 kB. */
const MAX_TAG = 262_144;

/**
 * `<VMAF version><fyi fps/><frames><frame frameNum metric="value" …/>…</frames>…</VMAF>`. Elements are dropped as they
 * are read. libvmaf declares no document type and writes no entity, so neither is accepted.
 *
 * @throws TableError NOT_A_LOG | DAMAGED | NO_ROWS
 */
export function parseXmlLog(text: string, name: string): VmafLog {
  // <!DOCTYPE, <!ENTITY, <![CDATA[; a comment is harmless
  if (/<!(?!--)/.test(text))
    throw new TableError(
      'DAMAGED',
      `${name} declares a document type, entities or CDATA; libvmaf writes none`,
    );
  assertShortTags(text, name);
  const columns = new LogColumns(name);
  const header: LogHeader = {};
  let others = 0;
  const parser = new XMLParser({
    ignoreAttributes: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    attributeNamePrefix: '',
    processEntities: false,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    updateTag: (element, _path, given) => {
      // without attributes it is undefined, whatever its type says
      const attributes = (given as Attributes | undefined) ?? {};
      if (element === 'frame') readFrame(attributes, columns);
      else if (++others > MAX_OTHER_ELEMENTS)
        throw columns.damaged(`has more than ${MAX_OTHER_ELEMENTS} elements beside its frames`);
      else readHeader(element, attributes, header);
      if (others === 1 && element !== 'VMAF') throw notALog(name, element);
      return false; // not kept
    },
  });
  try {
    parser.parse(text);
  } catch (error) {
    if (error instanceof TableError) throw error;
    throw malformed(name, (error as Error).message, error);
  }
  // the parser takes what a file cut short leaves of it, and the last of repeated attributes
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw malformed(name, `${verdict.err.msg} (line ${verdict.err.line})`);
  return columns.finish('xml', header);
}

/**
 * The parser holds a tag's attributes, and the text between two tags, at fifty times their size.
 *
 * @throws TableError DAMAGED
 */
function assertShortTags(text: string, name: string): void {
  for (let start = text.indexOf('<'), last = 0; start !== -1; start = text.indexOf('<', last)) {
    const end = text.indexOf('>', start);
    if (end === -1) throw malformed(name, 'it is cut short within a tag');
    if (end - start > MAX_TAG || start - last > MAX_TAG)
      throw malformed(name, `it has a tag or text of more than ${MAX_TAG} characters`);
    last = end + 1;
  }
  if (text.includes('<VMAF') && !text.trimEnd().endsWith('</VMAF>'))
    throw malformed(name, 'it is cut short: it does not end in </VMAF>');
}

function readFrame({ frameNum, ...metrics }: Attributes, columns: LogColumns): void {
  if (frameNum === undefined) throw columns.damaged('has a frame without frameNum');
  columns.frame(numberOf(frameNum) ?? frameNum);
  for (const [metric, text] of Object.entries(metrics)) {
    const value = numberOf(text);
    if (value === undefined)
      throw columns.damaged(
        `has ${excerpt(metric)}="${excerpt(text)}" in frame ${frameNum}, expected a number`,
      );
    columns.value(metric, value);
  }
}

/** `execFps` and `model` are those of libvmaf 1.x. */
function readHeader(element: string, attributes: Attributes, header: LogHeader): void {
  const { version, fps, execFps, model } = attributes;
  if (element === 'VMAF' && version !== undefined) header.version = version;
  if (element === 'params' && model !== undefined) header.model = model;
  const speed = element === 'fyi' ? numberOf(fps ?? execFps ?? '') : undefined;
  if (speed !== undefined && Number.isFinite(speed)) header.fps = speed;
}

function notALog(name: string, element: string): TableError {
  return new TableError(
    'NOT_A_LOG',
    `${name} is XML of another kind (<${excerpt(element)}>), expected <VMAF>`,
  );
}

function malformed(name: string, problem: string, cause?: unknown): TableError {
  // the parser's own words for it, with half the file behind them
  const plain = problem.replace(
    /^readTagExp returned undefined at position (\d+).*$/s,
    'the tag at $1 does not end',
  );
  return new TableError('DAMAGED', `${name} is not whole XML: ${excerpt(plain, 200)}; write it again`, {
    cause,
  });
}
