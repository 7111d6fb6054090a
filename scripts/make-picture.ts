/** Paints a 12-megapixel landscape, the same at every run: `node scripts/make-picture.ts FILE`. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';

export const PICTURE = { width: 4000, height: 3000 };

type Color = readonly [red: number, green: number, blue: number];

const SKY_TOP: Color = [38, 70, 130];
const SKY_LOW: Color = [255, 190, 130];
const SUN: Color = [255, 244, 214];
/** Far to near: darker, bluer to greener. */
const RIDGES: { base: number; height: number; waves: number; color: Color }[] = [
  { base: 0.58, height: 0.1, waves: 3, color: [120, 118, 160] },
  { base: 0.68, height: 0.08, waves: 5, color: [78, 92, 118] },
  { base: 0.8, height: 0.07, waves: 8, color: [38, 62, 66] },
];

/** The picture as a JPEG of several megabytes, as a phone would make it. */
export async function makePicture({ width, height } = PICTURE): Promise<Buffer> {
  const pixels = Buffer.allocUnsafe(width * height * 3);
  const noise = grain();
  const ridges = RIDGES.map((ridge) => ({ color: ridge.color, line: ridgeLine(ridge, width) }));
  let at = 0;
  for (let y = 0; y < height; y++) {
    const v = y / height;
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = colorAt(x, v, width, ridges);
      const speck = noise();
      pixels[at++] = clamp(red + speck);
      pixels[at++] = clamp(green + speck);
      pixels[at++] = clamp(blue + speck);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 88 })
    .toBuffer();
}

function colorAt(x: number, v: number, width: number, ridges: { color: Color; line: Float64Array }[]): Color {
  for (let index = ridges.length - 1; index >= 0; index--) {
    const ridge = ridges[index];
    if (ridge && v > (ridge.line[x] ?? 1)) return ridge.color;
  }
  const u = x / width;
  const distance = Math.hypot((u - 0.68) * 1.33, v - 0.4);
  const glow = distance < 0.06 ? 1 : Math.max(0, 0.55 - distance * 1.4);
  return mix(mix(SKY_TOP, SKY_LOW, Math.min(1, v / 0.65)), SUN, glow);
}

/** Height of the ridge at each column, as a share of the picture: a few sines that do not repeat. */
function ridgeLine({ base, height, waves }: (typeof RIDGES)[number], width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, x) => {
    const t = (x / width) * Math.PI * 2 * waves;
    return base + height * (0.5 * Math.sin(t) + 0.3 * Math.sin(2.3 * t + waves) + 0.06 * Math.sin(13 * t));
  });
}

/** Film grain from a small linear congruential generator: deterministic, and what makes a JPEG large. */
function grain(): () => number {
  let state = 12_345;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state >>> 24) / 255) * 24 - 12;
  };
}

const mix = (from: Color, to: Color, share: number): Color => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = process.argv[2] ?? 'picture.jpg';
  const picture = await makePicture();
  await writeFile(file, picture);
  console.log(`${file}: ${PICTURE.width} × ${PICTURE.height}, ${(picture.length / 2 ** 20).toFixed(1)} MB`);
}
