import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../../../../src/errors.ts';
import { GenerateOptionsSchema } from '../../../../../../src/protocol/options.ts';
import type { EngineContext } from '../../../../../../workers/engines/engine.ts';
import { reconstructFromFront } from '../../../../../../workers/engines/hull/single-view/reconstruct.ts';
import { extractSurface } from '../../../../../../workers/geometry/extract-surface.ts';
import type { Mesh, ScalarField } from '../../../../../../workers/geometry/mesh.ts';
import type { PreparedView } from '../../../../../../workers/imaging/prepared-view.ts';
import { assertWatertight } from '../../../../../helpers/assert-watertight.ts';
import {
  brightness,
  disc,
  drawLitOutline,
  either,
  type Outline,
  rectangle,
  type Surface,
  segment,
} from '../../../../../helpers/lit-outline.ts';
import type { Vector } from '../../../../../helpers/photograph.ts';

const CELLS = 96;

function reconstruct(views: readonly PreparedView[], cells = CELLS, progress: number[] = []): ScalarField {
  const context: EngineContext = {
    options: GenerateOptionsSchema.parse({ octree_resolution: cells }),
    cutouts: {},
    modelsDir: '',
    device: { kind: 'cpu', index: 0, name: 'CPU' },
    keep: false,
    onProgress: (fraction) => progress.push(fraction),
    log: () => {},
    warn: () => {},
  };
  return reconstructFromFront(views, context);
}

/** Normal of a ball of the given radius. */
const ball =
  (radius: number): Surface =>
  (x, y) => {
    const r = Math.min(0.999, Math.hypot(x, y) / radius);
    const scale = r / (Math.hypot(x, y) + 1e-9);
    return [x * scale, y * scale, Math.sqrt(1 - r * r)] as Vector;
  };
/** Normal of an upright cylinder. */
const cylinder =
  (radius: number): Surface =>
  (x) => {
    const s = Math.min(0.999, Math.max(-0.999, x / radius));
    return [s, 0, Math.sqrt(1 - s * s)] as Vector;
  };
const flat: Surface = () => [0, 0, 1];
/** No light at all, but a checked texture that is no shading. */
const checked: Surface = (x, y) => ((Math.floor(x * 12) + Math.floor(y * 12)) % 2 === 0 ? 0.6 : 0.2);

function extent({ positions }: Mesh, axis: 0 | 1 | 2): number {
  let [min, max] = [Infinity, -Infinity];
  for (let i = axis; i < positions.length; i += 3) {
    min = Math.min(min, positions[i]!);
    max = Math.max(max, positions[i]!);
  }
  return max - min;
}

/** Intersection over union of an outline and of the field's samples seen from the front. */
function outlineAgreement(field: ScalarField, outline: Outline): number {
  const [nx, ny, nz] = field.dims;
  let [both, any] = [0, 0];
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      let covered = false;
      for (let k = 0; k < nz && !covered; k++) covered = field.values[i + nx * (j + ny * k)]! > 0;
      const inside = outline(field.origin[0] + field.spacing * i, field.origin[1] + field.spacing * j) > 0;
      if (covered && inside) both++;
      if (covered || inside) any++;
    }
  }
  return both / any;
}

describe('a shape from the front', () => {
  test('a shaded disc becomes a ball', () => {
    const radius = 0.9;
    const field = reconstruct([drawLitOutline(disc(0, 0, radius), ball(radius))]);
    const mesh = extractSurface(field);
    const { volume } = assertWatertight(mesh);
    expect(Math.abs(volume / ((4 / 3) * Math.PI * radius ** 3) - 1)).toBeLessThan(0.05);
    expect(Math.abs(extent(mesh, 2) / (2 * radius) - 1)).toBeLessThan(0.05);
  });

  test('the field near a ball is its signed distance', () => {
    const radius = 0.9;
    const field = reconstruct([drawLitOutline(disc(0, 0, radius), ball(radius))]);
    const [nx, ny] = field.dims;
    let worst = 0;
    field.values.forEach((value, at) => {
      const p = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))].map(
        (i, axis) => field.origin[axis]! + field.spacing * i,
      );
      const truth = radius - Math.hypot(...p);
      if (Math.abs(truth) < field.spacing) worst = Math.max(worst, Math.abs(value - truth));
    });
    expect(worst).toBeLessThan(0.5 * field.spacing);
  });

  test('a lying capsule becomes a tube as deep as wide', () => {
    const tube: Surface = (x, y) => ball(0.25)(x - Math.min(0.7, Math.max(-0.7, x)), y);
    const mesh = extractSurface(reconstruct([drawLitOutline(segment(-0.7, 0, 0.7, 0, 0.25), tube)]));
    expect(Math.abs(extent(mesh, 2) / extent(mesh, 1) - 1)).toBeLessThan(0.1);
  });

  test('a mug-like rectangle shaded as a cylinder gets flat ends and a round section', () => {
    const [halfWidth, halfHeight] = [0.7, 0.9];
    const mesh = extractSurface(reconstruct([drawLitOutline(rectangle(halfWidth, halfHeight), cylinder(halfWidth))]));
    const { volume } = assertWatertight(mesh);
    expect(Math.abs(volume / (Math.PI * halfWidth ** 2 * 2 * halfHeight) - 1)).toBeLessThan(0.1);
  });

  test('a mast on an upright body is about as deep as wide', () => {
    const outline = either(rectangle(0.5, 0.4), segment(0, 0.3, 0, 0.75, 0.06));
    const surface: Surface = (x, y) => cylinder(y > 0.4 ? 0.06 : 0.5)(x, y);
    const { positions } = extractSurface(reconstruct([drawLitOutline(outline, surface)]));
    let [mast, body] = [0, 0];
    for (let i = 0; i < positions.length; i += 3) {
      if (positions[i + 1]! > 0.5) mast = Math.max(mast, positions[i + 2]!);
      if (positions[i + 1]! < 0.3) body = Math.max(body, positions[i + 2]!);
    }
    expect(body).toBeGreaterThan(0.4);
    expect(mast).toBeGreaterThan(0.03);
    expect(mast).toBeLessThan(0.12);
  });

  test('a standing rectangle without any shading becomes a box, not a cylinder', () => {
    const [halfWidth, halfHeight] = [0.95, 0.6];
    const mesh = extractSurface(reconstruct([drawLitOutline(rectangle(halfWidth, halfHeight), flat)]));
    const { volume } = assertWatertight(mesh);
    const around = extent(mesh, 0) * extent(mesh, 1) * extent(mesh, 2);
    expect(volume / around).toBeGreaterThan(0.93);
    expect(extent(mesh, 2)).toBeGreaterThan(halfHeight);
  });

  test('a disc without any shading, which cannot stand, becomes a slab', () => {
    const evenDisc = extractSurface(reconstruct([drawLitOutline(disc(0, 0, 0.9), flat)]));
    const shadedDisc = extractSurface(reconstruct([drawLitOutline(disc(0, 0, 0.9), ball(0.9))]));
    expect(extent(evenDisc, 2)).toBeLessThan(0.25 * extent(shadedDisc, 2));
  });

  test('a strong texture does not hide that a shaded disc is round', () => {
    const texture = (x: number, y: number) => checked(x, y) as number;
    const surface: Surface = (x, y) => texture(x, y) * brightness(ball(0.9)(x, y) as Vector);
    const mesh = extractSurface(reconstruct([drawLitOutline(disc(0, 0, 0.9), surface)]));
    expect(extent(mesh, 2)).toBeGreaterThan(1.2);
  });

  test('a ring keeps its hole', () => {
    const ring: Outline = (x, y) => 0.2 - Math.abs(Math.hypot(x, y) - 0.7);
    const mesh = extractSurface(reconstruct([drawLitOutline(ring, flat)]));
    expect(assertWatertight(mesh).genus).toBe(1);
  });

  test('two separate discs stay two components', () => {
    const outline = either(disc(-0.5, 0, 0.42), disc(0.5, 0, 0.42));
    const mesh = extractSurface(reconstruct([drawLitOutline(outline, checked)]));
    expect(assertWatertight(mesh).components).toBe(2);
  });

  test('a pole thinner than a cell is kept in one piece', () => {
    const outline = either(disc(0, 0.7, 0.25), segment(0, 0.7, 0, -0.9, 0.008));
    const mesh = extractSurface(reconstruct([drawLitOutline(outline, checked)], 64));
    expect(assertWatertight(mesh).components).toBe(1);
    expect(extent(mesh, 1)).toBeGreaterThan(1.8);
  });

  test('a sign on a pole is flat although the body that holds it is round', () => {
    const body = disc(0, -0.4, 0.5);
    const sign: Outline = (x, y) => Math.min(0.6 - Math.abs(x), 0.28 - Math.abs(y - 0.65));
    const outline = either(body, sign, segment(0, 0, 0, 0.6, 0.03));
    const surface: Surface = (x, y) => (body(x, y) > 0 ? ball(0.5)(x, y + 0.4) : 0.7);
    const { values, dims, origin, spacing } = reconstruct([drawLitOutline(outline, surface)]);
    const depthAt = (x: number, y: number) => {
      const column = Math.round((x - origin[0]) / spacing) + dims[0] * Math.round((y - origin[1]) / spacing);
      let count = 0;
      for (let k = 0; k < dims[2]; k++) if (values[column + dims[0] * dims[1] * k]! > 0) count++;
      return count * spacing;
    };
    expect(depthAt(0, -0.4)).toBeGreaterThan(0.7);
    expect(depthAt(0, 0.65)).toBeLessThan(0.35);
  });

  const spider = either(
    disc(0, 0.1, 0.35),
    ...[0.3, 1.1, 2.2, 3.6, 4.4, 5.5].map((a) => segment(0, 0.1, 0.85 * Math.cos(a), 0.85 * Math.sin(a), 0.05)),
  );
  for (const [name, surface] of [
    ['textured', checked],
    ['even', flat],
  ] as const) {
    test(`the outline of ${name} legs and body is reproduced`, () => {
      const field = reconstruct([drawLitOutline(spider, surface)]);
      expect(outlineAgreement(field, spider)).toBeGreaterThan(0.97);
    });
  }

  test('a back picture that disagrees by a few pixels leaves the outline of the front', () => {
    const shifted: Outline = (x, y) => spider(x + 0.012, y) + 0.004;
    const field = reconstruct([drawLitOutline(spider, checked), drawLitOutline(shifted, checked, 'back')]);
    expect(outlineAgreement(field, spider)).toBeGreaterThan(0.93);
    assertWatertight(extractSurface(field));
  });

  test('a back picture adds nothing where it shows the same', () => {
    const outline = disc(0, 0, 0.9);
    const one = reconstruct([drawLitOutline(outline, ball(0.9))]);
    const two = reconstruct([drawLitOutline(outline, ball(0.9)), drawLitOutline(outline, ball(0.9), 'back')]);
    const depths = [one, two].map((field) => extent(extractSurface(field), 2));
    expect(Math.abs(depths[0]! - depths[1]!)).toBeLessThan(0.02);
  });

  test('all borders of the field are outside by at least two samples', () => {
    const { values, dims } = reconstruct([drawLitOutline(spider, checked)]);
    const [nx, ny, nz] = dims;
    let inside = 0;
    values.forEach((value, at) => {
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
      const isBorder = x < 2 || y < 2 || z < 2 || x >= nx - 2 || y >= ny - 2 || z >= nz - 2;
      if (isBorder && value >= 0) inside++;
    });
    expect(inside).toBe(0);
  });

  test('the longest side has the cells that were asked for, and results repeat', () => {
    const views = [drawLitOutline(segment(-0.7, 0, 0.7, 0, 0.25), checked)];
    const field = reconstruct(views, 128);
    expect(Math.abs(1.9 / field.spacing - 128)).toBeLessThan(3);
    expect(reconstruct(views, 128).values).toEqual(field.values);
  });

  test('progress never falls and ends at 1', () => {
    const progress: number[] = [];
    reconstruct([drawLitOutline(disc(0, 0, 0.9), flat)], CELLS, progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  test('a picture that covers nothing is refused', () => {
    const empty = drawLitOutline(disc(0, 0, 0.9), flat);
    for (let i = 3; i < empty.image.pixels.length; i += 4) empty.image.pixels[i] = 0;
    expect(() => reconstruct([empty])).toThrow(AppError);
  });
});
