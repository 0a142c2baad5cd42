import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readWeights } from '../../src/weights/read-weights.ts';
import type { Attack } from './helpers/attack.ts';
import { hostileLegacyFiles, hostileZips, otherFiles } from './helpers/hostile-containers.ts';
import { hostilePickles } from './helpers/hostile-pickles.ts';
import { hostileSafetensors } from './helpers/hostile-safetensors.ts';
import { mutants } from './helpers/mutations.ts';
import { attackProblems, readOutcome } from './helpers/outcome.ts';
import { randomIntegers } from './helpers/random.ts';
import { refusal } from './helpers/refusal.ts';

const FIXTURES = new URL('./fixtures/', import.meta.url);

function problems(attacks: readonly Attack[]): string[] {
  return attacks.flatMap((attack) => attackProblems(attack, readWeights));
}

describe('crafted files are refused with their code, in one line, within a second', () => {
  test('pickles', () => {
    const attacks = hostilePickles();
    // 256 codes less the 36 that state dicts need, less STOP
    expect(attacks.filter(({ name }) => name.startsWith('opcode'))).toHaveLength(219);
    expect(problems(attacks)).toEqual([]);
  });

  test('zip files', () => expect(problems(hostileZips())).toEqual([]));
  test('legacy files', () => expect(problems(hostileLegacyFiles())).toEqual([]));
  test('safetensors files', () => expect(problems(hostileSafetensors())).toEqual([]));
  test('other files', () => expect(problems(otherFiles())).toEqual([]));

  test('for the reason in refusals.txt', async () => {
    // opcodes and callables are alike, and say what they refuse
    const pickles = hostilePickles().filter(({ says = '' }) => says === '');
    const attacks = [
      ...pickles,
      ...hostileZips(),
      ...hostileLegacyFiles(),
      ...otherFiles(),
      ...hostileSafetensors(),
    ];
    const lines = attacks.map(
      (attack) => `${attack.name}\n  ${readOutcome(attack.bytes, readWeights).message}\n`,
    );
    await expect(lines.join('')).toMatchFileSnapshot('./refusals.txt');
  });

  test('a file over the caller’s limit is not looked at', () => {
    expect(refusal(() => readWeights(new Uint8Array(100), { maxBytes: 99 })).code).toBe('TOO_LARGE');
  });
});

test('damaged files are refused with a code, or read to tensors that are whole', () => {
  const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.pth'));
  const fixtures = names.map((name) => new Uint8Array(readFileSync(new URL(name, FIXTURES))));
  const damaged = mutants(randomIntegers(4), fixtures);
  const outcomes = Array.from({ length: 400 }, () => readOutcome(damaged.next().value, readWeights));
  expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([]);
  // damage to the elements of a legacy or safetensors file cannot be seen
  expect(outcomes.filter(({ code }) => code !== 'READ').length).toBeGreaterThan(300);
});
