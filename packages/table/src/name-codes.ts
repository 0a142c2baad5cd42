/** Paths end at 4,096 bytes; some writers put descriptions in their place. */
export const MAX_NAME_BYTES = 65_536;
/** A million names of 64 bytes; text that differs in every row is no name. */
const MAX_NAMES_BYTES = 64 * 2 ** 20;

/**
 * Numbers strings in order of first appearance, straight from their UTF-8 bytes.
 *
 * A table of five million rows has a few thousand distinct names, so a row must cost a comparison or a hash of its
 * bytes and no string (a Set of strings takes 6 s and 1 GB there). Bytes are taken four at a time.
 */
export class NameCodes {
  /** Distinct names by code. */
  readonly names: string[] = [];
  readonly #bytes: { readonly view: DataView; readonly length: number }[] = []; // by code, as is:
  #hashes = new Int32Array(256);
  #slots = new Int32Array(512).fill(-1); // codes by hash: open addressing, at most half full
  #latest = 0;
  #total = 0;

  /**
   * The code of the name at [start, end) of the bytes.
   *
   * @throws RangeError on a name of more than MAX_NAME_BYTES, or when all of them together are too many bytes
   */
  codeOf(bytes: DataView, start: number, end: number): number {
    const latest = this.#bytes[this.#latest]; // names come in runs
    if (latest !== undefined && latest.length === end - start && equals(latest.view, bytes, start, end))
      return this.#latest;
    this.#latest = this.#find(bytes, start, end);
    return this.#latest;
  }

  #find(bytes: DataView, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = this.#slots[slot]!;
      if (code < 0) return this.#add(new Uint8Array(bytes.buffer, start, end - start).slice(), hash, slot);
      const known = this.#bytes[code]!;
      if (
        this.#hashes[code] === hash &&
        known.length === end - start &&
        equals(known.view, bytes, start, end)
      )
        return code;
    }
  }

  #add(name: Uint8Array, hash: number, slot: number): number {
    this.#total += name.length;
    if (name.length > MAX_NAME_BYTES)
      throw new RangeError(`it has a name of ${name.length} bytes, expected at most ${MAX_NAME_BYTES}`);
    if (this.#total > MAX_NAMES_BYTES)
      throw new RangeError(
        `it has more than ${MAX_NAMES_BYTES} bytes of different names, expected one name for the rows of a clip`,
      );
    const code = this.names.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(name)) - 1;
    this.#bytes.push({ view: new DataView(name.buffer), length: name.length });
    this.#hashes[code] = hash;
    this.#slots[slot] = code;
    if (this.names.length === this.#hashes.length) this.#grow();
    return code;
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let code = 0; code < this.names.length; code++) {
      let slot = hashes[code]! & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
    this.#slots = slots;
  }
}

/** FNV-1a over 32-bit words, then over what is left, folded so that the low bits depend on all. */
function hashOf(bytes: DataView, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0; // offset basis and prime: http://www.isthe.com/chongo/tech/comp/fnv/
  let at = start;
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ bytes.getInt32(at, true), 0x01000193);
  for (; at < end; at++) hash = Math.imul(hash ^ bytes.getUint8(at), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Whether a name is the bytes at [start, end), which are as long as it. */
function equals(name: DataView, bytes: DataView, start: number, end: number): boolean {
  let at = start;
  for (; at + 4 <= end; at += 4)
    if (name.getInt32(at - start, true) !== bytes.getInt32(at, true)) return false;
  for (; at < end; at++) if (name.getUint8(at - start) !== bytes.getUint8(at)) return false;
  return true;
}

/** Sorts names by their UTF-8 bytes, which is the order of their code points and of no locale. */
export function sortByBytes(names: string[]): string[] {
  // UTF-16 code units, the order of sort(), differ from it only where surrogates meet U+E000..U+FFFF
  if (!names.some((name) => /[\ud800-\udfff]/.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
