// What the module offers: planes to fill, and the sums of each feature. The numbers made of the sums are TypeScript's.
import {
  advance, bitsOf, distortedPlane, growMemory, layOutPlanes, referencePlane, rowBytes,
} from './picture';
import { layOutAdm } from './adm/layout';
import { ADM_SUMS, measureAdm } from './adm/scales';
import { layOutMotion } from './motion/buffers';
import { differenceSad } from './motion/blurred-difference';
import { roundedSad } from './motion/rounded-blur';
import { prepareMotionTaps } from './motion/taps';
import { layOutVif } from './vif/layout';
import { prepareLogarithm } from './vif/logarithm';
import { measureVif, VIF_SUMS } from './vif/scales';
import { prepareVifTaps } from './vif/taps';

export { advance, bitsOf as usedBits, distortedPlane, referencePlane, rowBytes };

prepareMotionTaps();
prepareVifTaps();
prepareLogarithm();

/** Makes room for planes of this size; false when the host has no memory for them. What was measured is forgotten. */
export function configure(width: i32, height: i32, depth: i32): bool {
  layOutPlanes(width, height, depth);
  layOutVif();
  layOutAdm();
  layOutMotion();
  return growMemory();
}

/** Measures VIF of the current planes; the address of its sums: per scale numerator, denominator, flat variance, flat pixels. */
export function vif(gainLimit: f64): usize {
  measureVif(gainLimit);
  return VIF_SUMS;
}

/**
 * Measures ADM of the current planes; the address of its sums: four numerators, four denominators and, if `additive`, four
 * numerators of the additive part, as doubles.
 */
export function adm(enhancementLimit: f64, additive: bool): usize {
  measureAdm(enhancementLimit, additive);
  return ADM_SUMS;
}

/** The sum of absolute differences of the previous and the current reference, blurred as libvmaf 3.2 does. */
export function motionSad(): f64 {
  return <f64>differenceSad();
}

/** The same as libvmaf did before 3.2.0. */
export function olderMotionSad(): f64 {
  return <f64>roundedSad();
}
