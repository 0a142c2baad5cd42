/** Logs of other programs, by how they begin. */
const TEXTS: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^\{\d+\}\{\d+\}frame:/, what: "libvmaf's sub format, subtitles for a player" },
  { pattern: /^n:\d+ mse_avg:/, what: "a statistics file of ffmpeg's psnr filter" },
  { pattern: /^n:\d+ [YRG]:[\d.]+ /, what: "a statistics file of ffmpeg's ssim filter" },
  { pattern: /^frame:\d+\s+pts:/, what: "what ffmpeg's metadata filter prints" },
  { pattern: /^ffmpeg version /, what: "ffmpeg's own messages" },
  { pattern: /^\[libvmaf|^\[Parsed_libvmaf|^VMAF score/m, what: "ffmpeg's messages about VMAF, not its log" },
  {
    pattern: /^Asset: /,
    what: "the text that run_vmaf of libvmaf's Python package prints (--out-fmt json is read)",
  },
  { pattern: /^<(?:!doctype html|html)/i, what: 'a web page' },
  { pattern: /^n,/, what: 'a table of ffmpeg-quality-metrics, whose JSON is read' },
  { pattern: /^"?Frame"?[;\t]/, what: 'a table that a spreadsheet wrote, with other separators than commas' },
  { pattern: /^(?:PAR1|PARE)/, what: 'a parquet file' },
  { pattern: /^YUV4MPEG2/, what: 'a Y4M clip' },
];

/**
 * Names the kind of a text that is no log of libvmaf, as far as its beginning tells.
 *
 * @example foreignText('n:1 mse_avg:0.32 mse_y:0.3') // => "a statistics file of ffmpeg's psnr filter"
 */
export function foreignText(start: string): string | undefined {
  return TEXTS.find(({ pattern }) => pattern.test(start))?.what;
}

/**
 * Names the kind of a JSON document that is no log of libvmaf.
 *
 * @param keys of its root
 */
export function foreignJson(keys: readonly string[], schema: string | undefined): string | undefined {
  const has = (...names: string[]): boolean => names.every((name) => keys.includes(name));
  if (schema?.startsWith('vqforge-') === true) return `a document of vqforge (${schema.slice(0, 60)})`;
  if (has('streams') || has('format') || has('packets')) return "ffprobe's description of a clip";
  if (has('psnr') || has('ssim')) return 'a result of ffmpeg-quality-metrics without VMAF';
  if (has('VMAF score') || has('pooled_metrics') || has('aggregate')) return 'pooled scores without frames';
  if (has('model_dict')) return 'a model of libvmaf';
  return undefined;
}
