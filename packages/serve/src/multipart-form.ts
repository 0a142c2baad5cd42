import { ServerError } from './errors.ts';

interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  /** A view of the body. */
  readonly bytes: Buffer;
}

interface FormLimits {
  readonly parts: number;
  readonly files: number;
}

/** Headers of one part. */
const MAX_HEADERS = 4096;
const HEADERS_END = Buffer.from('\r\n\r\n');

/**
 * The parts of a form that was sent whole, as views of it.
 *
 * @param contentType of the request: multipart/form-data with its boundary
 * @throws ServerError UNSUPPORTED_MEDIA_TYPE | INVALID_REQUEST | TOO_LARGE
 * @see https://www.rfc-editor.org/rfc/rfc7578, whose framing is that of https://www.rfc-editor.org/rfc/rfc2046#section-5.1
 */
export function parseForm(body: Buffer, contentType: string | undefined, limits: FormLimits): FormPart[] {
  const boundary = boundaryOf(contentType);
  const dashes = Buffer.from(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  // the first delimiter needs no line before it
  const opening = dashes.subarray(2);
  let at = body.subarray(0, opening.length).equals(opening) ? opening.length : after(body, dashes, 0);
  for (;;) {
    if (body.toString('latin1', at, at + 2) === '--') return parts;
    at = lineEnd(body, at);
    const headersEnd = body.subarray(at, at + MAX_HEADERS).indexOf(HEADERS_END);
    if (headersEnd < 0) throw invalid(`a part has no end of its headers within ${MAX_HEADERS} bytes`);
    const start = at + headersEnd + HEADERS_END.length;
    // a part without content ends where its headers do
    const next = body.indexOf(dashes, start - 2);
    if (next < 0) throw invalid('the last boundary is missing, as if the form were cut off');
    const headers = body.toString('utf8', at, at + headersEnd);
    const disposition = dispositionOf(headers);
    if (parts.some(({ name }) => name === disposition.name)) throw invalid('a part is there twice');
    parts.push({ ...disposition, bytes: body.subarray(start, Math.max(start, next)) });
    checkCounts(parts, limits);
    at = next + dashes.length;
  }
}

function boundaryOf(contentType: string | undefined): string {
  const [, quoted, token] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(
      contentType ?? '',
    ) ?? [];
  const boundary = quoted ?? token;
  if (boundary !== undefined) return boundary;
  throw new ServerError(
    'UNSUPPORTED_MEDIA_TYPE',
    'expected a form: content-type multipart/form-data with a boundary of at most 70 characters',
  );
}

/** @throws ServerError INVALID_REQUEST */
function after(body: Buffer, dashes: Buffer, from: number): number {
  const found = body.indexOf(dashes, from);
  if (found >= 0) return found + dashes.length;
  throw invalid('its boundary does not occur in it');
}

/** The position after the line end that closes the line of a boundary; blanks may come before it. @throws ServerError INVALID_REQUEST */
function lineEnd(body: Buffer, at: number): number {
  let end = at;
  while (body[end] === 0x20 || body[end] === 0x09) end++;
  if (body[end] === 0x0d && body[end + 1] === 0x0a) return end + 2;
  throw invalid('a boundary is not followed by a new line');
}

function dispositionOf(headers: string): Pick<FormPart, 'name' | 'isFile'> {
  const value = /^content-disposition:[ \t]*form-data[ \t]*(;.*)$/im.exec(headers)?.[1] ?? '';
  const parameters = new Map<string, string>();
  for (const [, key, quoted, token] of value.matchAll(
    /;[ \t]*([\w*]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g,
  ))
    parameters.set((key as string).toLowerCase(), quoted ?? token ?? '');
  const name = parameters.get('name');
  if (name === undefined) throw invalid('a part has no name: content-disposition: form-data; name="…"');
  return { name, isFile: parameters.has('filename') || parameters.has('filename*') };
}

function checkCounts(parts: readonly FormPart[], { parts: most, files }: FormLimits): void {
  if (parts.length <= most && parts.filter(({ isFile }) => isFile).length <= files) return;
  throw new ServerError('TOO_LARGE', `the form has more than ${most} parts or ${files} files`);
}

function invalid(problem: string): ServerError {
  return new ServerError('INVALID_REQUEST', `the form cannot be read: ${problem}`);
}
