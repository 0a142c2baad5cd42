import type { BundleCheck } from '../verify-entry.ts';
import type { VerificationKey } from './key-files.ts';

/** The key that signatures are checked with. */
export interface SignatureCheck {
  readonly key: VerificationKey;
  /** Whether a model without a bundle fails. */
  readonly isRequired: boolean;
}

/** A signature check as entries are verified with it. */
export function bundleCheck({ key, isRequired }: SignatureCheck): BundleCheck {
  return {
    isRequired,
    verify: async (entry, file, bundle, model, report) => {
      const { verifySignature } = await import('./verify-signature.ts');
      await verifySignature(entry, file, bundle, model, key, report);
    },
  };
}
