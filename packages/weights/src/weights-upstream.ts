import type { WeightSource } from '@vqforge/artifact';
import type { LpipsNet, LpipsVersion } from '@vqforge/export';

/** A file on servers of others whose content is known. */
export interface PinnedFile {
  /** Its name where it is kept, and on mirrors. */
  readonly file: string;
  /** The whole SHA-256, its first digits where no more is known, or nothing where none is. */
  readonly sha256: string;
  /** Longer answers are refused. */
  readonly maxBytes: number;
}

/** Whether bytes with this digest are the file, as far as its digest is known. */
export function isPinned(digest: string, { sha256 }: Pick<PinnedFile, 'sha256'>): boolean {
  return digest.startsWith(sha256);
}

/** A file of weights as its authors publish it. */
export interface UpstreamFile extends PinnedFile {
  readonly url: string;
  /** Digest of the tensors that a graph takes from it, where it is known: it holds whatever file they come in. */
  readonly content?: string;
  readonly net: LpipsNet;
  readonly role: 'trunk' | 'heads';
  /** Heads only. */
  readonly version?: LpipsVersion;
  readonly source: WeightSource;
}

const TORCHVISION = 'https://download.pytorch.org/models';
/** The branch may move on; the digests do not. */
const LPIPS = 'https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master';

/**
 * Every file that the three nets need: by the whole SHA-256, or by the first 8 digits where upstream publishes no more
 * (torchvision: in the file's name). At most as long as the next power of two.
 */
const UPSTREAM_FILES: readonly UpstreamFile[] = [
  trunk('squeeze', 'SqueezeNet 1.1', 'squeezenet1_1-b8a52dc0.pth', 2 ** 23, {
    sha256: 'b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b',
    content: 'e5aa399ff6fdb2ab2cc3468bf738d2faf1f0fb89b7d62d58f4995239864b9eb6',
  }),
  trunk('alex', 'AlexNet', 'alexnet-owt-7be5be79.pth', 2 ** 28, { sha256: '7be5be79' }),
  trunk('vgg', 'VGG16', 'vgg16-397923af.pth', 2 ** 30, { sha256: '397923af' }),
  heads('squeeze', '0.1', {
    sha256: '4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76',
    content: '04551abb1cedde1fa8df23c6e5a6101b04e45ff763a7de3b494edf8346e1b2a3',
  }),
  heads('alex', '0.1', {
    sha256: 'df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0',
    content: '94f08b1a400afe22e06533ad5c937e69879dfe9daed517fa8226eef43bdffdfe',
  }),
  heads('vgg', '0.1', {
    sha256: 'a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868',
    content: '6c29d65f27762da76d62d03bf5b3d4182fe3aa2e8e5ba6c56478450049d2774e',
  }),
  heads('squeeze', '0.0', { sha256: 'c27abd3a' }),
  heads('alex', '0.0', { sha256: '18720f55' }),
  heads('vgg', '0.0', { sha256: 'b9e42362' }),
];

/** The file with the trunk of a net, or with its heads of a version. */
export function upstreamFile(net: LpipsNet, version: LpipsVersion | 'trunk'): UpstreamFile {
  return UPSTREAM_FILES.find(
    (file) => file.net === net && (file.version ?? 'trunk') === version,
  ) as UpstreamFile;
}

/** Whether all of a file's digest is pinned, or only its beginning. */
export function isFullyPinned({ sha256 }: Pick<UpstreamFile, 'sha256'>): boolean {
  return sha256.length === 64;
}

/** The source of weights, by the digest of their content alone; `NOASSERTION` where that is not known. */
export function weightSource(role: 'trunk' | 'heads', content: string): WeightSource {
  const known = UPSTREAM_FILES.find((file) => file.content === content && file.role === role);
  return known?.source ?? { name: 'not an upstream file whose content is known', license: 'NOASSERTION' };
}

/** The address at which upstream publishes the file with these tensors; undefined where their content is not that of a known file. */
export function upstreamUrl(content: string): string | undefined {
  return UPSTREAM_FILES.find((file) => file.content === content)?.url;
}

type Pins = Pick<UpstreamFile, 'sha256' | 'content'>;

function trunk(net: LpipsNet, name: string, file: string, maxBytes: number, pins: Pins): UpstreamFile {
  const source = {
    name: `torchvision ${name}, trained on ImageNet`,
    license: 'BSD-3-Clause',
    license_url: 'https://github.com/pytorch/vision/blob/main/LICENSE',
  };
  return { file, url: `${TORCHVISION}/${file}`, maxBytes, ...pins, net, role: 'trunk', source };
}

function heads(net: LpipsNet, version: LpipsVersion, pins: Pins): UpstreamFile {
  const source = {
    name: `LPIPS ${version}, trained on BAPPS`,
    license: 'BSD-2-Clause',
    license_url: 'https://github.com/richzhang/PerceptualSimilarity/blob/master/LICENSE',
  };
  return {
    file: `lpips_v${version}_${net}.pth`,
    url: `${LPIPS}/lpips/weights/v${version}/${net}.pth`,
    // 6 to 11 kB
    maxBytes: 2 ** 16,
    ...pins,
    net,
    role: 'heads',
    version,
    source,
  };
}
