// Memory by hand. Regions are handed out upwards from the end of the static data; the last ones are given back together,
// so that VIF, ADM and motion, which keep nothing from one call to the next, work in the same scratch memory.

const PAGE_BITS: usize = 16;
/** A cache line; vectors need 16. */
const ALIGNMENT: usize = 64;
/** Loops over vectors may read this far past the last sample of a region. */
const SLACK: usize = 256;

let end: usize = 0;
let highest: usize = 0;

/** The end of what is handed out: `release` it to give back all that came later. */
export function mark(): usize {
  return end;
}

export function release(to: usize): void {
  end = to == 0 ? __heap_base : to;
}

/** The address of `bytes` bytes of unknown content. They exist only once `commit` said so. */
export function reserve(bytes: usize): usize {
  const address = (end + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  end = address + bytes + SLACK;
  highest = max(highest, end);
  return address;
}

/** Grows the memory over everything that was reserved; false when the host has no more. */
export function commit(): bool {
  const pages = <i32>((highest + (1 << PAGE_BITS) - 1) >> PAGE_BITS);
  return pages <= memory.size() || memory.grow(pages - memory.size()) >= 0;
}
