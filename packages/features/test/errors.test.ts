import { CodedError } from '@vqforge/base';
import { expect, it } from 'vitest';
import { FeaturesError } from '../src/index.ts';

it('is a coded error of its own name', () => {
  const error = new FeaturesError('TOO_SMALL', 'picture 32×32 has a side under 33');
  expect(error).toBeInstanceOf(CodedError);
  expect([error.name, error.code]).toEqual(['FeaturesError', 'TOO_SMALL']);
});
