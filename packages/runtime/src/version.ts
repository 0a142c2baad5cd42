/** Version of vqforge, as in package.json, which a bundle of this code does not have beside it. */
export const VERSION = '0.2.0';
