/** Key-schedule parity constant of Threefry (Skein's C240 truncated to 32 bits). */
const PARITY = 0x1bd11bda;

/**
 * Threefry-2x32 with 20 rounds, a counter-based generator: encrypts the counters (first, epoch), (first + 1, epoch), …
 * under (key0, key1) into `words`, two words per counter, from 32-bit integer operations alone.
 *
 * Rounds are written out: additions with rotations 13 15 26 6 | 17 29 16 24, a key injection after every four.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; the default generator of JAX
 */
export function threefry(words: Uint32Array, first: number, epoch: number, key0: number, key1: number): void {
  const key2 = PARITY ^ key0 ^ key1;
  for (let i = 0; i < words.length; i += 2) {
    let x = (first + (i >>> 1) + key0) | 0;
    let y = (epoch + key1) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;

    x = (x + key1) | 0;
    y = (y + key2 + 1) | 0;
    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x;

    x = (x + key2) | 0;
    y = (y + key0 + 2) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;

    x = (x + key0) | 0;
    y = (y + key1 + 3) | 0;
    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x;

    x = (x + key1) | 0;
    y = (y + key2 + 4) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;

    words[i] = x + key2;
    words[i + 1] = y + key0 + 5;
  }
}
