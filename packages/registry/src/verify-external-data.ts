import { orUndefined, sha256 } from '@vqforge/base';
import { type ExternalTensor, tensorPlacement } from '@vqforge/onnx';
import type { Report } from './finding.ts';
import { MAX_ONNX_BYTES } from './pinned-name.ts';
import { RegistryError } from './errors.ts';
import type { RegistrySource } from './registry-source.ts';

/** Every writer uses one file, or one per tensor; more than these few are not worth their memory for a refusal. */
const MOST_LOCATIONS = 8;

/**
 * How much of a model that keeps weights in other files is outside its digest, and what those files hold now. No
 * registry pins them, so their content is reported but cannot be judged, except that weights of only zeros are none.
 *
 * @param onnx a model of which the scan said EXTERNAL_DATA
 * @param scanned what the scan said, for a model that cannot be read any further
 */
export async function verifyExternalData(
  view: RegistrySource,
  file: string,
  onnx: Uint8Array,
  scanned: string,
  report: Report,
): Promise<void> {
  const advice =
    'export one self-contained file; a change of the other file changes the model, and no digest shows it';
  const expected = 'all weights inside the file';
  const placement = orUndefined(() => tensorPlacement(onnx));
  if (placement === undefined) {
    report('EXTERNAL_DATA', 'error', file, {
      expected,
      got: `weights in another file, outside the hash: ${scanned}`,
      advice,
    });
    return;
  }
  const outside = placement.external.reduce((total, { bytes }) => total + bytes, 0);
  const share = ((100 * outside) / Math.max(1, placement.weightBytes)).toFixed(1);
  const locations = [...new Set(placement.external.map(({ location }) => location))];
  const contents = new Map<string, Uint8Array | string>();
  for (const location of locations.slice(0, MOST_LOCATIONS))
    contents.set(location, await readBeside(view, file, location));
  const found = [...contents].map(([location, content]) =>
    typeof content === 'string'
      ? `${JSON.stringify(location)} (${content})`
      : `${location} (sha256 ${sha256(content)})`,
  );
  report('EXTERNAL_DATA', 'error', file, {
    expected,
    got: `${share} % of the weights (${outside} of ${placement.weightBytes} bytes) are outside the hash, in ${found.join(', ')}`,
    advice,
  });
  const empty = placement.external.filter((tensor) => isZero(contents.get(tensor.location), tensor));
  if (empty.length > 0) {
    report('ZERO_WEIGHTS', 'error', file, {
      expected: 'weights',
      got: `only zeros for ${empty.map(({ name }) => JSON.stringify(name)).join(', ')}`,
      advice: 'restore the file that holds the weights',
    });
  }
}

/** The content, or why there is none. */
async function readBeside(
  view: RegistrySource,
  file: string,
  location: string,
): Promise<Uint8Array | string> {
  try {
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    return (await view.read(folder + location, MAX_ONNX_BYTES)) ?? 'no such file';
  } catch (error) {
    if (error instanceof RegistryError) return `not read: ${error.code}`;
    throw error;
  }
}

function isZero(content: Uint8Array | string | undefined, { offset, bytes }: ExternalTensor): boolean {
  if (content === undefined || typeof content === 'string' || bytes === 0) return false;
  const elements = content.subarray(offset, offset + bytes);
  return elements.length === bytes && elements.every((byte) => byte === 0);
}
