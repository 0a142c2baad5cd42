import { answerCalls } from '@vqforge/base/node';
import { chunkMeasurement } from './chunk-measurement.ts';
import type { FeatureCalls, FeatureSetup } from './feature-calls.ts';

/** The thread side of `openFeatures`. */
answerCalls<FeatureCalls>((setup) => ({ measure: chunkMeasurement(setup as FeatureSetup) }));
