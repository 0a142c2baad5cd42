import { gzipSync } from 'node:zlib';

export interface Member {
  readonly path: string;
  readonly bytes?: Uint8Array;
  /** '0' a file, '5' a folder, '2' a link, 'L' and 'x' long names; default: a file. */
  readonly type?: string;
}

/** An archive in ustar, as GNU tar and bsdtar read it. */
export function tarGz(members: readonly Member[]): Uint8Array {
  const blocks = members.flatMap(({ path, bytes = new Uint8Array(0), type = '0' }) => [
    header(path, bytes.length, type),
    bytes,
    Buffer.alloc((512 - (bytes.length % 512)) % 512),
  ]);
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function header(path: string, size: number, type: string): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(path.slice(0, 100), 0);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  block.write(
    `${block
      .reduce((a, b) => a + b, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}
