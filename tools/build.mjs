// `npm run build`: every package's dist/, in the order of their dependencies; prints one line when it works.
import { BUILD, check } from './lib/check.mjs';

process.exitCode = (await check(BUILD)) ? 0 : 1;
