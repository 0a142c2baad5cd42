import type { ScoredSet } from '@vqforge/artifact';

/** The reference of trained heads: heads that were given, or none at all, every channel counting alike. */
export type Reference = 'heads' | 'baseline';

export interface HeadsVerdict {
  readonly passed: boolean;
  readonly reasons: readonly string[];
}

/**
 * Ship only heads that are not worse than those they start from on the validation sets: the interval of the difference,
 * triplet by triplet, must reach 0.
 */
export function headsGate(difference: ScoredSet, against: Reference): HeadsVerdict {
  if (difference.high >= 0) return { passed: true, reasons: [] };
  const points = (value: number): string => (100 * value).toFixed(2);
  const other = against === 'heads' ? 'the starting heads' : 'no heads';
  return {
    passed: false,
    reasons: [
      `2AFC on the validation sets is ${points(-difference.score)} points below that of ${other}, and at least ${points(-difference.high)} with 95 % confidence`,
    ],
  };
}
