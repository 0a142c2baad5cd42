// Run by hand: npx vitest run --config packages/registry/vitest.soak.config.ts
import { expect, test } from 'vitest';
import {
  failEverywhere,
  killAtPauses,
  killEverywhere,
  killHistoryEverywhere,
  killRecoveryEverywhere,
  publishTogether,
  scenarios,
} from './crash-scenarios.ts';
import { temporaryFolder } from '../../../testing/registry-models.ts';

const timeout = 3_600_000;

test('every operation of every scenario: killed, killed in recovery, failed', { timeout }, async () => {
  let kills = 0;
  for (const scenario of Object.values(scenarios)) {
    kills += await killEverywhere(scenario);
    kills += await killRecoveryEverywhere(scenario, 'before');
    kills += await killRecoveryEverywhere(scenario, 'after');
    for (const code of ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES'] as const)
      await failEverywhere(scenario, code);
  }
  for (const action of ['rollback', 'remove'] as const) kills += await killHistoryEverywhere(action);
  console.log(`${kills} kills at chosen operations`);
  expect(kills).toBeGreaterThan(250);
});

test('300 kills at random times', { timeout }, async () => {
  // a linear congruential generator (Numerical Recipes): the same times in every run
  let seed = 1;
  const pauses = Array.from({ length: 300 }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed / 2 ** 32) * 60;
  });
  const { withLeftovers } = await killAtPauses(await temporaryFolder(), pauses);
  console.log(`300 kills at random times, ${withLeftovers} of them left working files`);
  expect(withLeftovers).toBeGreaterThan(100);
});

test('8 processes, 50 publishes each', { timeout }, async () => {
  const { reads } = await publishTogether(await temporaryFolder(), 8, 50);
  console.log(`400 publishes by 8 processes, ${reads} consistent reads meanwhile`);
  expect(reads).toBeGreaterThan(0);
});
