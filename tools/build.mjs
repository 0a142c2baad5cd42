// `npm run build`: every package's dist/, in the order of their dependencies; prints one line when it works.
// `node tools/build.mjs PACKAGE` builds that one and what it imports.
import { BUILD, buildOf, check } from './lib/check.mjs';

const [name] = process.argv.slice(2);
process.exitCode = (await check(name === undefined ? BUILD : buildOf(name))) ? 0 : 1;
