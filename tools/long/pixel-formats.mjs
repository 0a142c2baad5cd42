// Clips that ffmpeg makes in each of its pixel formats, of odd sizes, either range, whole, cut short and of a size that changes in
// mid-stream, through `score --feature lpips`. A whole clip must have the distances of what ffmpeg itself converts it to: planes as
// raw YUV, or RGB as PNG. Needs ffmpeg and the LPIPS model (vqforge regenerate).
// node tools/long/pixel-formats.mjs [rounds over all formats, 1] [seed, 1] [formats, by their beginning]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/check.mjs';
import { generator } from '../lib/generator.mjs';
import { SharedCommands } from '../lib/shared-commands.mjs';

const [rounds = 1, seed = 1] = process.argv.slice(2).map(Number);
const wanted = process.argv[4] ?? '';
const random = generator(seed);
const below = (limit) => Math.floor(limit * random());
const pick = (list) => list[below(list.length)];
if (!existsSync(join(root, 'model/tiny/lpips_sq.onnx'))) {
  console.log('skipped: the LPIPS model is not here (vqforge regenerate vmaf_tiny_lpips_sq_v1)');
  process.exit();
}
const folder = mkdtempSync(join(tmpdir(), 'vqforge-pixels-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const at = (name) => join(folder, name);
const ffmpeg = (...args) =>
  execFileSync('ffmpeg', ['-nostdin', '-y', '-v', 'error', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

/** Formats that this ffmpeg reads and writes, with what it says of each. */
const known = JSON.parse(
  execFileSync('ffprobe', ['-v', 'error', '-show_pixel_formats', '-of', 'json']),
).pixel_formats;
const made = execFileSync('ffmpeg', ['-v', 'error', '-pix_fmts']).toString();
const isMade = (name) => new RegExp(`^IO\\S* ${name} `, 'm').test(made);
const formats = known.filter(
  ({ name, flags }) => flags.hwaccel !== 1 && name.startsWith(wanted) && isMade(name),
);
const CHROMA = { '0 0': '444', '1 0': '422', '1 1': '420' };
const SUFFIX = { 8: '', 10: '10le', 12: '12le', 16: '16le' };

/** What ffmpeg converts a format to, apart from the product: planes of raw YUV with its flags, or RGB. */
function independent({
  name,
  flags,
  nb_components: components,
  log2_chroma_w: w,
  log2_chroma_h: h,
  components: parts,
}) {
  if (flags.rgb === 1 || flags.palette === 1 || name.startsWith('xyz')) return { rgb: true };
  const deepest = Math.max(...parts.map(({ bit_depth: bits }) => bits));
  const bits = [8, 10, 12, 16].find((depth) => depth >= deepest) ?? 16;
  const chroma = components - flags.alpha === 1 ? '400' : CHROMA[`${w} ${h}`];
  if (chroma === undefined) return undefined;
  const base = chroma === '400' ? 'gray' : `${name.startsWith('yuvj') ? 'yuvj' : 'yuv'}${chroma}p`;
  return { planar: base + SUFFIX[bits], flags: ['-p', chroma, '-b', String(bits)] };
}

/** Two frames of gradients and noise, the second clip with other noise. */
function picture(width, height, frames) {
  const bytes = Buffer.alloc(3 * width * height * frames);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.min(255, ((i * 7) % 191) + below(64));
  return bytes;
}

function clip(name, format, [width, height], frames, ...more) {
  writeFileSync(at('rgb'), picture(width, height, frames));
  ffmpeg(
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-s',
    `${width}x${height}`,
    '-i',
    at('rgb'),
    '-pix_fmt',
    format,
    ...more,
    at(name),
  );
}

/** What the file says that it holds: for some formats ffmpeg writes another tag than theirs. */
function formatOf(name) {
  const entries = ['-show_entries', 'stream=pix_fmt', '-of', 'csv=p=0'];
  const said = execFileSync('ffprobe', ['-v', 'error', ...entries, at(name)])
    .toString()
    .trim();
  return known.find((format) => format.name === said);
}

function isDecoded(name) {
  try {
    ffmpeg('-xerror', '-i', at(name), '-f', 'null', '-');
    return true;
  } catch {
    return false;
  }
}

const commands = new SharedCommands();
const problems = [];
const tally = { same: 0, read: 0, ended: 0, refused: 0, cut: 0 };
const score = async (...args) => {
  const said = await commands.run(
    ['score', '--feature', 'lpips', '--registry', join(root, 'model/tiny'), ...args, '--json'],
    600_000,
  );
  let frames = [];
  if (said.stdout.trim() !== '') frames = JSON.parse(said.stdout).frames ?? [];
  return { ...said, lpips: frames.map(({ metrics }) => metrics.lpips) };
};

for (let round = 0; round < rounds; round++) {
  for (const format of formats) {
    const size = [33 + below(20), 33 + below(20)];
    const frames = 1 + below(3);
    try {
      for (const name of ['r.nut', 'd.nut']) clip(name, format.name, size, frames, '-c:v', 'rawvideo');
    } catch {
      tally.refused++; // ffmpeg does not write it
      continue;
    }
    if (!isDecoded('r.nut')) {
      tally.refused++; // nor does it read what it wrote
      continue;
    }
    const said = await score('-r', at('r.nut'), '-d', at('d.nut'));
    const what = `${format.name} ${size.join('x')}, ${frames} frames`;
    if (said.code !== 0 || said.lpips.length !== frames) {
      problems.push(`${what}: exit ${said.code}, ${said.lpips.length} frames: ${said.stderr.slice(0, 300)}`);
      continue;
    }
    await compareWith(independent(formatOf('r.nut')), said, size, what);
    await cutShort(said, frames, what);
  }
}
for (let change = 0; change < 6 * rounds; change++) await sizeChange();
await commands.close();
for (const problem of problems.slice(0, 30)) console.log(`PROBLEM ${problem}`);
console.log(
  `seed ${seed}: ${tally.same + tally.read} clips read, ${tally.same} of them with the distances of ffmpeg's own conversion; ${tally.cut} cut short, ${tally.ended} of a changing size ended as they must; ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;

async function compareWith(truth, said, size, what) {
  // 9 and 14 bits of grey are shifted by the product and stretched by ffmpeg, one step at most apart
  const near = /^gray(9|14)/.test(what) ? 1e-3 : 1e-6;
  if (truth === undefined) return void tally.read++;
  let expected;
  if (truth.rgb === true) {
    for (const name of ['r', 'd'])
      ffmpeg('-i', at(`${name}.nut`), '-frames:v', '1', '-pix_fmt', 'rgb24', at(`${name}.png`));
    expected = (await score('-r', at('r.png'), '-d', at('d.png'))).lpips;
  } else {
    for (const name of ['r', 'd'])
      ffmpeg('-i', at(`${name}.nut`), '-f', 'rawvideo', '-pix_fmt', truth.planar, at(`${name}.yuv`));
    const range = truth.planar.startsWith('yuvj') ? ['--range', 'full'] : [];
    expected = (
      await score(
        '-r',
        at('r.yuv'),
        '-d',
        at('d.yuv'),
        '-w',
        String(size[0]),
        '-h',
        String(size[1]),
        ...truth.flags,
        ...range,
      )
    ).lpips;
  }
  const wrong = expected.findIndex((value, frame) => !(Math.abs(value - said.lpips[frame]) <= near));
  if (expected.length === 0 || wrong >= 0)
    problems.push(`${what}: distance ${said.lpips[wrong]} of frame ${wrong}, expected ${expected[wrong]}`);
  else tally.same++;
}

/** A clip of which the end is missing ends with a coded error, or with its whole frames, whose distances stay. */
async function cutShort(whole, frames, what) {
  if (random() < 0.7) return;
  const bytes = readFileSync(at('d.nut'));
  writeFileSync(at('d.nut'), bytes.subarray(0, Math.floor(bytes.length * (0.2 + 0.75 * random()))));
  const said = await score('-r', at('r.nut'), '-d', at('d.nut'));
  tally.cut++;
  const isKept = said.lpips.every((value, frame) => value === whole.lpips[frame]);
  if (said.code !== 2 && !(said.code === 0 && said.lpips.length === frames))
    problems.push(
      `${what}, cut: exit ${said.code}, ${said.lpips.length} frames: ${said.stderr.slice(0, 300)}`,
    );
  else if (!isKept) problems.push(`${what}, cut: another distance than that of the whole clip`);
}

/** Frames of another size in mid-stream: an error of exit 2 after those that came before. */
async function sizeChange() {
  const [first, second] = [64 + 2 * below(20), 2 * (40 + below(30))];
  if (first === second) return;
  const coder = pick([
    ['mpeg4', 'm4v'],
    ['mpeg2video', 'm2v'],
    ['libx264', 'h264'],
  ]);
  const frames = 2 + below(3);
  const parts = [];
  for (const [part, side] of [first, second].entries()) {
    clip(
      `part${part}.${coder[1]}`,
      'yuv420p',
      [side, 64],
      frames,
      '-c:v',
      coder[0],
      '-r',
      '25',
      ...(coder[0] === 'libx264' ? ['-preset', 'ultrafast'] : []),
    );
    parts.push(readFileSync(at(`part${part}.${coder[1]}`)));
  }
  const name = at(`change.${coder[1]}`);
  writeFileSync(name, Buffer.concat(parts));
  clip('whole.y4m', 'yuv420p', [first, 64], 2 * frames);
  const said = await score('-r', at('whole.y4m'), '-d', name);
  // ffmpeg's decoder of MPEG-2 drops the last frame before another size
  const widths = execFileSync('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'frame=width',
    '-of',
    'csv=p=0',
    name,
  ]);
  const whole = String(widths)
    .split('\n')
    .filter((line) => parseInt(line) === first).length;
  if (said.code === 2 && said.lpips.length === whole) tally.ended++;
  else
    problems.push(
      `${coder[0]}, ${first} then ${second} wide: exit ${said.code}, ${said.lpips.length} frames: ${said.stderr.slice(0, 300)}`,
    );
}
