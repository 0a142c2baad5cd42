import type { Rung } from '@vqforge/artifact';

/** Encoders whose constant quality is only constant without a bitrate. */
const NEEDS_NO_BITRATE = /^(libvpx|libaom)/;

/** The place of the reference and of the output among ffmpeg's arguments, where they are recorded. */
export const PLACES = { reference: '{reference}', output: '{output}' } as const;

/**
 * ffmpeg's arguments for one rendition: the first video stream alone, one thread and no dates, so that the same ffmpeg gives the same
 * bytes on every machine.
 *
 * @example encodeArguments({ name: 'low', codec: 'libx264', crf: 34 }).join(' ')
 * // => '… -i {reference} -map 0:v:0 … -c:v libx264 -crf 34 -threads 1 … -f matroska {output}'
 */
export function encodeArguments({ codec, crf, bitrate, height, preset }: Rung): string[] {
  return [
    ...'-nostdin -hide_banner -loglevel error -xerror -y -protocol_whitelist file,pipe -i'.split(' '),
    PLACES.reference,
    ...'-map 0:v:0 -map_metadata -1'.split(' '),
    ...(height === undefined
      ? []
      : ['-vf', `scale=w=-2:h=${lines(height)}:flags=bicubic+accurate_rnd+bitexact`]),
    '-c:v',
    codec,
    ...(preset === undefined ? [] : ['-preset', preset]),
    ...(crf === undefined ? [] : ['-crf', String(crf)]),
    ...(bitrate === undefined ? [] : ['-b:v', bitrate]),
    ...(crf !== undefined && NEEDS_NO_BITRATE.test(codec) ? ['-b:v', '0'] : []),
    ...(codec === 'libx265' ? ['-x265-params', 'pools=none:frame-threads=1:log-level=error'] : []),
    ...'-threads 1 -fflags +bitexact -flags:v +bitexact -f matroska'.split(' '),
    PLACES.output,
  ];
}

/** An even number, as 4:2:0 needs: the nearest one to a part of the reference's height. */
function lines(height: number | string): string {
  return typeof height === 'number' ? String(height - (height % 2)) : `2*round(ih*${height}/2)`;
}
