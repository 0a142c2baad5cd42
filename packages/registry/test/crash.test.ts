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
import { caseTable, isLong } from '../../../testing/case-table.ts';

test('killed at every file operation, leaves the old or the new state', async () => {
  let kills = 0;
  const { signed, first, second } = scenarios;
  for (const scenario of caseTable([signed], [first, second])) kills += await killEverywhere(scenario);
  expect(kills).toBeGreaterThan(isLong ? 80 : 25);
});

test('a rollback killed at every file operation leaves the old or the new state, evidence too', async () => {
  expect(await killHistoryEverywhere('rollback')).toBeGreaterThan(30);
});

test('killed again at every operation of the recovery', async () => {
  expect(await killRecoveryEverywhere(scenarios.signed, 'after')).toBeGreaterThan(30);
});

test('a failing system call leaves the old state, or says the new one is committed', async () => {
  expect(await failEverywhere(scenarios.signed, 'ENOSPC')).toBeGreaterThan(20);
});

test('killed at any time, leaves the old or the new state', async () => {
  expect(await killAtPauses(await temporaryFolder(), [0, 5, 11, 18])).toHaveProperty('withLeftovers');
});

test('publishers at work lose no update, and a reader sees nothing torn', async () => {
  const { reads } = await publishTogether(await temporaryFolder(), 3, 6);
  expect(reads).toBeGreaterThan(5);
});
