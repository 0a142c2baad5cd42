/** Whether this is `npm run test:long tables`. */
export const isLong = process.env['VQFORGE_LONG_TESTS'] === '1';

/**
 * Rows of a table of cases: `npm test` runs the essential ones, `npm run test:long tables` all of them, by a file
 * `<name>.long.test.ts` that imports `<name>.test.ts`.
 */
export function caseTable<Row>(essential: readonly Row[], more: readonly Row[]): Row[] {
  return isLong ? [...essential, ...more] : [...essential];
}
