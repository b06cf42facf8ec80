import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../../src/errors.ts';
import { separateForeground } from '../../../../workers/imaging/foreground.ts';
import type { ImageRgba } from '../../../../workers/imaging/prepared-view.ts';
import { blend, drawPicture, edge, maskAgreement, seededRandom } from '../../../helpers/pictures.ts';

const SIZE = 240;
type Rgb = readonly [number, number, number];
const RED: Rgb = [190, 60, 50];

const discDistance = (x: number, y: number): number => 70 - Math.hypot(x - 120, y - 115);
const isInDisc = (x: number, y: number): boolean => discDistance(x, y) > 0;

/** A red disc with some shading in front of a background. */
function discOn(backgroundAt: (x: number, y: number) => Rgb, distance = discDistance): ImageRgba {
  return drawPicture(SIZE, SIZE, (x, y) => {
    const shade = 0.8 + (0.3 * y) / SIZE;
    return blend([RED[0] * shade, RED[1] * shade, RED[2] * shade], backgroundAt(x, y), edge(distance(x, y)));
  });
}

function alphaAt({ width, pixels }: ImageRgba, x: number, y: number): number {
  return pixels[4 * (y * width + x) + 3]!;
}

async function failureOf(picture: ImageRgba, options = {}): Promise<AppError> {
  try {
    await separateForeground(picture, options);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected no object to be found');
}

describe('plain backgrounds', () => {
  const random = seededRandom(2);
  const noise = (): number => 8 * (random() + random() + random() - 1.5);
  const backgrounds: Record<string, (x: number, y: number) => Rgb> = {
    white: () => [255, 255, 255],
    black: () => [0, 0, 0],
    'a diagonal gradient': (x, y) => [230 - 0.2 * x, 220 - 0.3 * y, 200 + 0.1 * (x + y)],
    'a spotlight': (x, y) => {
      const light = 110 + 130 * Math.exp(-((x - 120) ** 2 + (y - 100) ** 2) / 11_000);
      return [light, light, light * 1.02];
    },
    noise: () => {
      const v = noise();
      return [200 + v, 205 + v, 190 + v];
    },
  };
  for (const [name, background] of Object.entries(backgrounds)) {
    test(`a disc on ${name} is found with an IoU above 0.99`, async () => {
      const { image, method, warnings } = await separateForeground(discOn(background));
      expect(method).toBe('plain');
      expect(warnings).toEqual([]);
      expect(maskAgreement(image, isInDisc)).toBeGreaterThan(0.99);
    });
  }

  test('coverage follows antialiased edges, and the background is taken out of their colour', async () => {
    const picture = discOn(() => [40, 200, 90]);
    const { image } = await separateForeground(picture);
    let [error, count] = [0, 0];
    for (let y = 0; y < SIZE; y++) {
      for (let x = 0; x < SIZE; x++) {
        const exact = edge(discDistance(x + 0.5, y + 0.5));
        const i = 4 * (y * SIZE + x);
        if (exact === 0 || exact === 1) continue;
        error += Math.abs(image.pixels[i + 3]! / 255 - exact);
        count++;
        // Red again, where the mixture was green.
        if (exact > 0.3) expect(image.pixels[i]! - image.pixels[i + 1]!).toBeGreaterThan(80);
      }
    }
    expect(error / count).toBeLessThan(0.06);
  });

  test('the hole of a ring is open', async () => {
    const ring = (x: number, y: number): number => 25 - Math.abs(Math.hypot(x - 120, y - 115) - 55);
    const { image } = await separateForeground(discOn(() => [235, 235, 230], ring));
    expect(alphaAt(image, 120, 115)).toBe(0);
    expect(maskAgreement(image, (x, y) => ring(x, y) > 0)).toBeGreaterThan(0.99);
  });

  test('a small highlight in the colour of the background stays closed', async () => {
    const picture = drawPicture(SIZE, SIZE, (x, y) => {
      const isHighlight = Math.hypot(x - 100, y - 90) < 2;
      return isHighlight ? [255, 255, 255, 255] : blend(RED, [255, 255, 255], edge(discDistance(x, y)));
    });
    const { image } = await separateForeground(picture);
    expect(alphaAt(image, 100, 90)).toBe(255);
  });

  test('the uncoloured inside of a line drawing stays closed', async () => {
    const outline = (x: number, y: number): number => 0.9 - Math.abs(discDistance(x, y));
    const picture = drawPicture(SIZE, SIZE, (x, y) => blend([20, 20, 20], [255, 255, 255], edge(outline(x, y))));
    const { image } = await separateForeground(picture);
    expect(maskAgreement(image, isInDisc)).toBeGreaterThan(0.97);
  });

  test('a soft shadow on the ground does not belong to the object', async () => {
    const shadow = (x: number, y: number): number =>
      1 - 0.45 * Math.max(0, 1 - Math.hypot((x - 130) / 75, (y - 185) / 26));
    const picture = discOn((x, y) => [240 * shadow(x, y), 240 * shadow(x, y), 236 * shadow(x, y)]);
    const { image } = await separateForeground(picture);
    expect(maskAgreement(image, isInDisc)).toBeGreaterThan(0.97);
    expect(alphaAt(image, 130, 200)).toBe(0);
  });

  test('a droplet beside the object stays, a far speck goes', async () => {
    const picture = discOn(
      () => [245, 245, 245],
      (x, y) => Math.max(discDistance(x, y), 6 - Math.hypot(x - 205, y - 150), 1.2 - Math.hypot(x - 20, y - 20)),
    );
    const { image } = await separateForeground(picture);
    expect(alphaAt(image, 205, 150)).toBe(255);
    expect(alphaAt(image, 20, 20)).toBe(0);
  });

  test('an object that is cut off by the frame is found and told', async () => {
    const { image, warnings } = await separateForeground(
      discOn(
        () => [240, 240, 240],
        (x, y) => discDistance(x, y - 70),
      ),
    );
    expect(maskAgreement(image, (x, y) => isInDisc(x, y - 70))).toBeGreaterThan(0.98);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('lower edge');
  });
});

describe('other backgrounds', () => {
  test('a disc on stripes is cut out', async () => {
    const random = seededRandom(4);
    const stripes = (x: number, y: number): Rgb => {
      const v = 40 * Math.sin(y / 3 + Math.sin(x / 30)) + 20 * random();
      return [90 + v, 130 + v, 80 + v / 2];
    };
    const { image, method } = await separateForeground(discOn(stripes));
    expect(method).toBe('grabcut');
    expect(maskAgreement(image, isInDisc)).toBeGreaterThan(0.95);
  });

  test('a floor below a plain wall is no object', async () => {
    const room = (_: number, y: number): Rgb => (y > 160 ? [120, 95, 70] : [215, 210, 200]);
    const { image, method } = await separateForeground(discOn(room));
    expect(method).toBe('grabcut');
    expect(maskAgreement(image, isInDisc)).toBeGreaterThan(0.95);
  });

  test('a matting that is given takes the place of the classical methods', async () => {
    const left = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % SIZE < 100 ? 1 : 0));
    const matting = { name: 'half', matte: () => Promise.resolve(left) };
    const { image, method } = await separateForeground(
      discOn(() => [255, 255, 255]),
      { matting },
    );
    expect(method).toBe('half');
    expect(maskAgreement(image, (x) => x < 100)).toBe(1);
  });
});

describe('alpha channels', () => {
  const cutout = (alphaOf: (x: number, y: number) => number, color: Rgb = RED): ImageRgba =>
    drawPicture(SIZE, SIZE, (x, y) => [color[0], color[1], color[2], alphaOf(x, y)]);

  test('coverage is kept where it is clean', async () => {
    const { image, method } = await separateForeground(cutout((x, y) => 255 * edge(discDistance(x, y))));
    expect(method).toBe('alpha');
    let worst = 0;
    for (let y = 0; y < SIZE; y++) {
      for (let x = 0; x < SIZE; x++) {
        const exact = 255 * edge(discDistance(x + 0.5, y + 0.5));
        worst = Math.max(worst, Math.abs(alphaAt(image, x, y) - exact));
      }
    }
    expect(worst).toBeLessThanOrEqual(12);
  });

  test('a rim that still shows a former white background takes the colour of the object', async () => {
    const { image } = await separateForeground(
      drawPicture(SIZE, SIZE, (x, y) => {
        const cover = edge(discDistance(x, y) / 3);
        const [red, green, blue] = blend(RED, [255, 255, 255], cover);
        return [red, green, blue, 255 * cover];
      }),
    );
    let brightest = 0;
    for (let i = 0; i < image.pixels.length; i += 4) {
      if (image.pixels[i + 3]! > 0) brightest = Math.max(brightest, image.pixels[i + 1]!);
    }
    // Green is 60 in the object and 255 in the background; half covered pixels read 158.
    expect(brightest).toBeLessThan(90);
  });

  test('noise goes and interiors that stop short of opaque become opaque', async () => {
    const random = seededRandom(9);
    const { image } = await separateForeground(cutout((x, y) => (isInDisc(x, y) ? 248 + 5 * random() : 7 * random())));
    expect(maskAgreement(image, isInDisc)).toBe(1);
    expect(image.pixels.every((v, i) => i % 4 !== 3 || v === 0 || v === 255)).toBe(true);
  });

  test('a broad soft shadow goes, a thin faint thread stays', async () => {
    const shadow = (x: number, y: number): number => 0.4 * Math.max(0, 1 - Math.hypot((x - 120) / 90, (y - 190) / 30));
    const thread = (x: number, y: number): boolean => Math.abs(x - 120.5) < 1 && y > 20 && y < 60;
    const { image } = await separateForeground(
      cutout((x, y) => {
        const own = thread(x, y) ? 0.5 : edge(discDistance(x, y));
        return 255 * (own + (1 - own) * shadow(x, y));
      }),
    );
    expect(alphaAt(image, 120, 200)).toBe(0);
    expect(alphaAt(image, 120, 30)).toBeGreaterThan(100);
    expect(maskAgreement(image, (x, y) => isInDisc(x, y) || thread(x, y))).toBeGreaterThan(0.98);
  });

  test('a translucent pane with a firm edge becomes solid', async () => {
    const pane = (x: number, y: number): boolean => x > 60 && x < 180 && y > 180 && y < 230;
    const { image } = await separateForeground(cutout((x, y) => (isInDisc(x, y) ? 255 : pane(x, y) ? 100 : 0)));
    expect(alphaAt(image, 120, 210)).toBe(255);
    expect(maskAgreement(image, (x, y) => isInDisc(x, y) || pane(x, y))).toBeGreaterThan(0.98);
  });

  test('an alpha channel that is opaque but for its corners is not the object', async () => {
    const picture = discOn(() => [245, 245, 245]);
    for (const x of [0, 1, SIZE - 2, SIZE - 1]) for (const y of [0, 1]) picture.pixels[4 * (y * SIZE + x) + 3] = 0;
    const { image, method } = await separateForeground(picture);
    expect(method).toBe('plain');
    expect(maskAgreement(image, isInDisc)).toBeGreaterThan(0.99);
  });

  test('a cut-out cropped to its object counts by its area', async () => {
    const tight = drawPicture(100, 100, (x, y) => [
      ...RED,
      255 * edge(50 - Math.max(Math.abs(x - 50), Math.abs(y - 50)) - (x < 30 && y < 30 ? 100 : 0)),
    ]);
    expect((await separateForeground(tight)).method).toBe('alpha');
  });
});

describe('removeBackground: false', () => {
  test('takes the whole frame of an opaque picture', async () => {
    const { image, method } = await separateForeground(
      discOn(() => [255, 255, 255]),
      { removeBackground: false },
    );
    expect(method).toBe('none');
    expect(image.pixels.every((v, i) => i % 4 !== 3 || v === 255)).toBe(true);
  });

  test('takes the alpha channel as it is', async () => {
    const picture = drawPicture(SIZE, SIZE, (x, y) => [...RED, isInDisc(x, y) ? 200 : 0]);
    const { image, method } = await separateForeground(picture, { removeBackground: false });
    expect(method).toBe('alpha');
    expect(alphaAt(image, 120, 115)).toBe(200);
  });
});

describe('no object', () => {
  const cases: Array<[string, ImageRgba, string]> = [
    ['one flat colour', drawPicture(64, 64, () => [120, 130, 140, 255]), 'nothing stands out'],
    ['a bare gradient', drawPicture(64, 64, (x, y) => [100 + x, 120 + y, 140, 255]), 'nothing stands out'],
    ['an empty alpha channel', drawPicture(64, 64, () => [120, 130, 140, 0]), 'fully transparent'],
    ['a single pixel', drawPicture(1, 1, () => [1, 2, 3, 255]), 'only 1 x 1 pixels'],
    [
      'a dot',
      drawPicture(400, 400, (x, y) => (Math.hypot(x - 200, y - 200) < 3 ? [200, 0, 0, 255] : [255, 255, 255, 255])),
      'measures only',
    ],
  ];
  for (const [name, picture, reason] of cases) {
    test(`${name} is refused with a reason`, async () => {
      const error = await failureOf(picture, { name: 'right' });
      expect(error.code).toBe('image.no_object');
      expect(error.message).toContain('right picture');
      expect(error.message).toContain(reason);
    });
  }
});

test('the same picture gives the same bytes', async () => {
  const random = seededRandom(8);
  const picture = drawPicture(96, 96, (x, y) =>
    Math.hypot(x - 48, y - 50) < 25 ? [180, 60, 40, 255] : [100 + 90 * random(), 90 * random(), 80, 255],
  );
  const first = await separateForeground(picture);
  const second = await separateForeground(picture);
  expect(first.method).toBe('grabcut');
  expect(second.image.pixels).toEqual(first.image.pixels);
});
