import type { Attack } from './attack.ts';
import { concat, f32, repeat } from './bytes.ts';
import { withHeader } from './safetensors-writer.ts';

const four = f32(1, 2, 3, 4);

/** A header of one tensor `w` from the text of its three values. */
function one(offsets: string, shape = '[4]', dtype = '"F32"'): string {
  return `{"w":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`;
}

/** A header of several float32 vectors by their offsets. */
function several(...offsets: readonly (readonly [number, number])[]): string {
  const tensors = offsets.map(
    ([begin, end], index) =>
      `"t${index}":{"dtype":"F32","shape":[${(end - begin) / 4}],"data_offsets":[${begin},${end}]}`,
  );
  return `{${tensors.join()}}`;
}

export function hostileSafetensors(): Attack[] {
  const malformed: Readonly<Record<string, Uint8Array>> = {
    'header of 2^64 - 1': withHeader('{}', four, (1n << 64n) - 1n),
    'header of 2^53': withHeader('{}', four, 2 ** 53),
    'header past the end': withHeader('{}', four, 1000),
    'header cut inside': withHeader(one('[0,16]'), four, 20),
    'header of nothing': withHeader('{', four, 0),
    'header that is not utf-8': concat(withHeader('{"  "}').fill(0xff, 10, 12)),
    'header that is a list': withHeader('{[]}'),
    'text behind the header': withHeader(`${one('[0,16]')} x`, four),
    'a second object': withHeader(`${one('[0,16]')}{}`, four),
    'name twice': withHeader(
      '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      four,
    ),
    'name twice, once escaped': withHeader(
      '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0077":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      four,
    ),
    'field twice': withHeader('{"w":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}}', four),
    'unknown field': withHeader('{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":1}}', four),
    'no dtype': withHeader('{"w":{"shape":[4],"data_offsets":[0,16]}}', four),
    'no shape': withHeader('{"w":{"dtype":"F32","data_offsets":[0,16]}}', four),
    'no offsets': withHeader('{"w":{"dtype":"F32","shape":[4]}}', four),
    'one offset': withHeader(one('[0]'), four),
    'three offsets': withHeader(one('[0,8,16]'), four),
    'negative offset': withHeader(one('[-16,0]'), four),
    'negative zero': withHeader(one('[-0,16]'), four),
    'fractional offset': withHeader(one('[0,16.0]'), four),
    'offset with exponent': withHeader(one('[0,1e1]'), four),
    'offset with leading zero': withHeader(one('[00,16]'), four),
    'offset in quotes': withHeader(one('["0","16"]'), four),
    'offset of null': withHeader(one('[null,16]'), four),
    'offset of 2^60': withHeader(one('[0,1152921504606846976]'), four),
    'offset of 10^400': withHeader(one(`[0,1${'0'.repeat(400)}]`), four),
    'offset past the end': withHeader(one('[0,32]', '[8]'), four),
    'offsets reversed': withHeader(one('[16,0]'), four),
    'size that is not the shape': withHeader(one('[0,16]', '[3]'), four),
    'shape of 2^53 - 1 each': withHeader(one('[0,16]', '[9007199254740991,9007199254740991]'), four),
    'shape of 9 dimensions': withHeader(one('[0,16]', '[1,1,1,1,1,1,1,1,4]'), four),
    'negative shape': withHeader(one('[0,16]', '[-2,-2]'), four),
    'shape of a number': withHeader(one('[0,16]', '4'), four),
    'tensors that overlap': withHeader(several([0, 8], [4, 12], [12, 16]), four),
    'tensors at one place': withHeader(several([0, 16], [0, 16]), four),
    'hole between tensors': withHeader(several([0, 4], [8, 16]), four),
    'hole in front': withHeader(several([4, 16]), four),
    'data that no tensor has': withHeader(several([0, 12]), four),
    'data without tensors': withHeader('{}', four),
    'metadata of numbers': withHeader('{"__metadata__":{"a":1}}'),
    'metadata twice': withHeader('{"__metadata__":{},"__metadata__":{}}'),
    'lists 100,000 deep': withHeader(`{"w":${'['.repeat(100_000)}`),
    'objects 100,000 deep': withHeader('{"w":'.repeat(100_000)),
    'string without end': withHeader(`{"${'a'.repeat(500_000)}`),
    'string of escapes without end': withHeader(`{"${'\\\\'.repeat(250_000)}`),
    'string with a control character': withHeader('{"a\u0001":{}}'),
    'bad escape': withHeader('{"\\x":{}}'),
    'comma at the end': withHeader(`${one('[0,16]').slice(0, -1)},}`, four),
    'single quotes': withHeader("{'w':{}}"),
    'a comment': withHeader('{/**/}'),
    'spaces, 1 MB': withHeader(`{${' '.repeat(1_000_000)}`),
  };
  return [
    ...Object.entries(malformed).map(([name, bytes]): Attack => ({
      name: `safetensors: ${name}`,
      bytes,
      code: 'MALFORMED',
    })),
    {
      name: 'safetensors: space before the header',
      bytes: withHeader(` ${one('[0,16]')}`, four),
      code: 'UNKNOWN_CONTAINER',
    },
    {
      name: 'safetensors: byte order mark',
      bytes: withHeader(`\ufeff${one('[0,16]')}`, four),
      code: 'UNKNOWN_CONTAINER',
    },
    { name: 'safetensors: header of 2 MB', bytes: withHeader(`{${' '.repeat(2 ** 21)}}`), code: 'TOO_LARGE' },
    {
      name: 'safetensors: float8',
      bytes: withHeader(one('[0,4]', '[4]', '"F8_E4M3"'), repeat(0, 4)),
      code: 'UNSUPPORTED',
    },
    {
      name: 'safetensors: dtype __proto__',
      bytes: withHeader(one('[0,16]', '[4]', '"__proto__"'), four),
      code: 'UNSUPPORTED',
    },
  ];
}
