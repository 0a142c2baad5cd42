/**
 * Writes the golden files anew: `npx tsx packages/onnx/test/golden/make.ts`.
 * Do that only when the bytes or the text are meant to change, and read the difference of the .txt files.
 */
import { writeFileSync } from 'node:fs';
import { encodeModel } from '../../src/codec.ts';
import { printModel } from '../../src/print.ts';
import { MODELS } from '../models.ts';

for (const [name, build] of Object.entries(MODELS)) {
  const model = build();
  writeFileSync(new URL(`${name}.onnx`, import.meta.url), encodeModel(model));
  writeFileSync(new URL(`${name}.txt`, import.meta.url), printModel(model));
}
