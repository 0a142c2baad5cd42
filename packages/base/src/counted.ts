/** A number with its noun. @example counted(1, 'row') // => '1 row' */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
