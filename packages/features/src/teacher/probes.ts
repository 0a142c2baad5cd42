import { RandomStream } from '@vqforge/base';
import { TEACHER_FEATURES, type TeacherFeature } from './model-document.ts';

/**
 * `core`: what clips reach; `outer`: also identical, black, enhanced and fast-moving pictures; `independent`: pictures with detail at
 * some scales and none at others, such as text, gratings and flat areas, whose VIF scales have nothing to do with each other.
 */
export type ProbePart = 'core' | 'outer' | 'independent';

/** Feature vectors drawn at random, [probes] each. */
export interface Probes {
  readonly columns: Readonly<Record<TeacherFeature, Float64Array>>;
  readonly parts: readonly ProbePart[];
}

/** The part of each of five probes in a row. */
const PARTS: readonly ProbePart[] = ['core', 'outer', 'outer', 'outer', 'independent'];

/** Numbers that each probe takes from the stream, so that a probe depends on the seed and its index alone. */
const DRAWS = 12;

/**
 * Draws feature vectors for a teacher to label. Each u below is a number of its own, uniform in [0, 1); probe i takes numbers
 * 12·i to 12·i + 11 of the Threefry stream (seed, `probes`, 0). Only + − × and √ are used: the same bits on every machine.
 *
 * Core (probes 0, 5, 10, …): vif_scale3 = 1 − 0.9·u√u, vif_scale2 = vif_scale3·(1 − 0.35u), vif_scale1 = vif_scale2·(1 − 0.45u),
 * vif_scale0 = vif_scale1·(1 − 0.65u), adm2 = max(0.2, 1 − 0.6·u√u), motion2 = 25·u².
 *
 * Outer (three of five): vif_scale3 = 1 − u√u with probability 0.8, else 1 + 0.35·u²; with a lift L = 1 of probability 0.2, else 0,
 * vif_scale2 = vif_scale3·(1 − 0.45u + 0.12·L·u), vif_scale1 = vif_scale2·(1 − 0.55u + 0.2·L·u), vif_scale0 =
 * vif_scale1·(1 − 0.8u + 0.5·L·u); adm2 = 1 − u√u with probability 0.85, else 1 + 0.4·u²; motion2 = 100·u³.
 *
 * Independent (probes 4, 9, 14, …): each vif_scale is 0 with probability 0.15, 1 with 0.1, u with 0.6375, else 1 + 0.35·u²; adm2 and
 * motion2 as in the outer part.
 *
 * @param seed an unsigned 32-bit integer
 */
export function drawProbes({ rows, seed }: { readonly rows: number; readonly seed: number }): Probes {
  const random = new RandomStream(seed, 'probes', 0);
  const columns = Object.fromEntries(
    TEACHER_FEATURES.map((name) => [name, new Float64Array(rows)]),
  ) as Record<TeacherFeature, Float64Array>;
  const parts: ProbePart[] = [];
  for (let row = 0; row < rows; row++) {
    const numbers = Array.from({ length: DRAWS }, () => random.fraction());
    const part = PARTS[row % PARTS.length] as ProbePart;
    const probe = PROBES[part](numbers);
    for (const name of TEACHER_FEATURES) columns[name][row] = probe[name];
    parts.push(part);
  }
  return { columns, parts };
}

type Probe = Record<TeacherFeature, number>;

const PROBES: Readonly<Record<ProbePart, (numbers: readonly number[]) => Probe>> = {
  core: coreProbe,
  outer: outerProbe,
  independent: independentProbe,
};

function coreProbe([u0 = 0, u1 = 0, u2 = 0, u3 = 0, u4 = 0, u5 = 0]: readonly number[]): Probe {
  const vif3 = 1 - 0.9 * u0 * Math.sqrt(u0);
  const vif2 = vif3 * (1 - 0.35 * u1);
  const vif1 = vif2 * (1 - 0.45 * u2);
  const vif0 = vif1 * (1 - 0.65 * u3);
  const adm2 = Math.max(0.2, 1 - 0.6 * u4 * Math.sqrt(u4));
  return { adm2, ...vifScales(vif0, vif1, vif2, vif3), motion2: 25 * u5 * u5 };
}

function outerProbe(numbers: readonly number[]): Probe {
  const [u0 = 0, u1 = 0, u2 = 0, u3 = 0, u4 = 0, u5 = 0, ...choices] = numbers;
  const [isBelowOne = 0, isLifted = 0, lift2 = 0, lift1 = 0, lift0 = 0, isAdmBelowOne = 0] = choices;
  const vif3 = isBelowOne < 0.8 ? 1 - u0 * Math.sqrt(u0) : 1 + 0.35 * u0 * u0;
  const lift = isLifted < 0.2 ? 1 : 0;
  const vif2 = vif3 * (1 - 0.45 * u1 + 0.12 * lift * lift2);
  const vif1 = vif2 * (1 - 0.55 * u2 + 0.2 * lift * lift1);
  const vif0 = vif1 * (1 - 0.8 * u3 + 0.5 * lift * lift0);
  const adm2 = outerAdm(isAdmBelowOne, u4);
  return { adm2, ...vifScales(vif0, vif1, vif2, vif3), motion2: outerMotion(u5) };
}

function independentProbe(numbers: readonly number[]): Probe {
  const at = (i: number): number => numbers[i] as number;
  const vif = (from: number): number => independentVif(at(from), at(from + 1));
  const adm2 = outerAdm(at(8), at(9));
  return { adm2, ...vifScales(vif(0), vif(2), vif(4), vif(6)), motion2: outerMotion(at(10)) };
}

function vifScales(vif0: number, vif1: number, vif2: number, vif3: number): Omit<Probe, 'adm2' | 'motion2'> {
  return { vif_scale0: vif0, vif_scale1: vif1, vif_scale2: vif2, vif_scale3: vif3 };
}

function outerAdm(choice: number, u: number): number {
  return choice < 0.85 ? 1 - u * Math.sqrt(u) : 1 + 0.4 * u * u;
}

function outerMotion(u: number): number {
  return 100 * u * u * u;
}

function independentVif(choice: number, u: number): number {
  if (choice < 0.15) return 0;
  if (choice < 0.25) return 1;
  return choice < 0.8875 ? u : 1 + 0.35 * u * u;
}
