import type { FrameScores, ScoreDocument } from './score-document.ts';

export type ScoreFormat = 'json' | 'csv' | 'xml';

/**
 * A document in one of libvmaf's formats, each marked where it is partial.
 *
 * @example scoreText(document, 'csv').split('\n')[0]; // => 'Frame,integer_adm2,integer_adm_scale0,…'
 */
export function scoreText(document: ScoreDocument, format: ScoreFormat): string {
  if (format === 'csv') return csv(document);
  if (format === 'xml') return xml(document);
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** `Frame,<metrics>,` with libvmaf's comma at the end of each line; a comment in the last line marks a partial log. */
function csv({ frames, pooled_metrics, error }: ScoreDocument): string {
  const metrics = Object.keys(pooled_metrics);
  const keys = keysOf(frames[0]);
  const rows = frames.map((frame) => [
    frame.frameNum,
    ...keys.map((key) => quoted(frame[key] ?? '')),
    ...metrics.map((name) => frame.metrics[name]),
  ]);
  const lines = [['Frame', ...keys, ...metrics], ...rows].map((cells) => `${cells.join(',')},`);
  if (error !== undefined) lines.push(`# partial: ${error.code}: ${oneLine(error.message)}`);
  return `${lines.join('\n')}\n`;
}

function xml(document: ScoreDocument): string {
  const { version, fps, partial, error, reference, renditions, models, frames, pooled_metrics } = document;
  const pair =
    reference === undefined ? {} : { qualityWidth: reference.width, qualityHeight: reference.height };
  return [
    `<VMAF${attributes({ version, ...(partial ? { partial: 'true' } : {}) })}>`,
    element('  ', 'params', pair),
    element('  ', 'fyi', { fps }),
    ...(error === undefined ? [] : [element('  ', 'error', { ...error })]),
    ...(reference === undefined ? [] : [element('  ', 'reference', flat({ ...reference }))]),
    ...(document.distorted === undefined
      ? []
      : [element('  ', 'distorted', flat({ ...document.distorted }))]),
    ...(renditions ?? []).map((rendition) => element('  ', 'rendition', flat({ ...rendition }))),
    ...(document.pairing === undefined ? [] : [element('  ', 'pairing', flat({ ...document.pairing }))]),
    ...(document.warnings ?? []).map((text) => element('  ', 'warning', { text })),
    ...(document.features_from ?? []).map((path) => element('  ', 'features', { path })),
    ...(document.features === undefined ? [] : [element('  ', 'measured', { ...document.features })]),
    ...(document.colour === undefined ? [] : [element('  ', 'colour', { ...document.colour })]),
    ...models.map(({ metrics, ...model }) =>
      element('  ', 'model', { ...model, metrics: metrics.join(' ') }),
    ),
    ...(document.teachers ?? []).map(({ metrics, gain_limits, ...teacher }) =>
      element('  ', 'teacher', {
        ...teacher,
        vif_enhn_gain_limit: gain_limits.vif,
        adm_enhn_gain_limit: gain_limits.adm,
        metrics: metrics.join(' '),
      }),
    ),
    '  <frames>',
    // libvmaf's attributes of a frame are numbers
    ...frames.map(({ metrics, trust: _trust, paired: _paired, ...frame }) =>
      element('    ', 'frame', { ...frame, ...metrics }),
    ),
    '  </frames>',
    '  <pooled_metrics>',
    ...Object.entries(pooled_metrics).map(([name, pooled]) => element('    ', 'metric', { name, ...pooled })),
    '  </pooled_metrics>',
    '  <aggregate_metrics />',
    '</VMAF>',
    '',
  ].join('\n');
}

function element(indent: string, name: string, fields: Record<string, string | number | null>): string {
  return `${indent}<${name}${attributes(fields)} />`;
}

/** Attributes hold no structures: what is in one gets its name before its own, lists become text. */
function flat(fields: Readonly<Record<string, unknown>>): Record<string, string | number | null> {
  const entries = Object.entries(fields).flatMap(([name, value]): [string, string | number | null][] => {
    if (Array.isArray(value)) return [[name, value.join(', ')]];
    if (typeof value !== 'object' || value === null) return [[name, value as string | number | null]];
    return Object.entries(value).map(([inner, text]) => [`${name}_${inner}`, text as string | number]);
  });
  return Object.fromEntries(entries);
}

/** XML attributes of the fields that are not null. */
function attributes(fields: Record<string, string | number | null>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

/** XML 1.0 has no spelling for control characters; they stand for themselves nowhere in a path worth reading. */
// eslint-disable-next-line no-control-regex
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

function escaped(text: string): string {
  return text.replace(NOT_XML, '\ufffd').replace(/[&<>"\n\r\t]/g, (unit) => ENTITIES[unit] as string);
}

/** RFC 4180, where needed. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

function keysOf(frame: FrameScores | undefined): ('source' | 'dis_basename')[] {
  return (['source', 'dis_basename'] as const).filter((key) => frame?.[key] !== undefined);
}
