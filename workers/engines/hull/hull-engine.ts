import { measureCoverageDistance } from '../../geometry/coverage-distance.ts';
import type { ShapeEngine } from '../engine.ts';
import { reconstructFromSides } from './multi-view/reconstruct.ts';
import { looksAlongZ } from './volume-grid.ts';

export const hullEngine: ShapeEngine = {
  name: 'hull',
  licence: 'MIT',
  usesViews: ['front', 'back', 'left', 'right'],
  rank: 0,
  availability: () => ({ available: true, reason: 'needs neither weights nor a GPU' }),
  async reconstruct(views, context) {
    if (views.some((view) => !looksAlongZ(view.name))) {
      return {
        field: reconstructFromSides(views, context),
        viewUse: Object.fromEntries(views.map((view) => [view.name, { shape: true }])),
      };
    }
    const n = 128,
      spacing = 2.1 / (n - 1),
      origin = [-1.05, -1.05, -1.05] as const;
    const values = new Float32Array(n * n * n).fill(1e9);
    const maps = views.map((v) => {
      const { width, height, pixels } = v.image;
      const c = new Float32Array(width * height);
      for (let i = 0; i < c.length; i++) c[i] = pixels[4 * i + 3]! / 255;
      return { v, d: measureCoverageDistance(c, width, height), width, height };
    });
    for (let z = 0; z < n; z++)
      for (let y = 0; y < n; y++)
        for (let x = 0; x < n; x++) {
          const p = [origin[0] + spacing * x, origin[1] + spacing * y, origin[2] + spacing * z];
          let f = 1e9;
          for (const { v, d, width, height } of maps) {
            const k = v.camera;
            const u =
              (((k.right[0]! * p[0]! + k.right[1]! * p[1]! + k.right[2]! * p[2]!) / k.halfWidth + 1) * width) / 2;
            const w = ((1 - (k.up[0]! * p[0]! + k.up[1]! * p[1]! + k.up[2]! * p[2]!) / k.halfHeight) * height) / 2;
            const s =
              d[
                Math.min(height - 1, Math.max(0, Math.floor(w))) * width +
                  Math.min(width - 1, Math.max(0, Math.floor(u)))
              ]! *
              ((2 * k.halfWidth) / width);
            f = Math.min(f, s);
            if (views.length < 3) {
              const t = k.toward[2]! * p[2]!;
              f = Math.min(f, s <= 0 ? s : Math.sqrt(s * 0.8) * 0.7 - Math.abs(t));
            }
          }
          const border = x < 2 || y < 2 || z < 2 || x >= n - 2 || y >= n - 2 || z >= n - 2;
          values[x + n * (y + n * z)] = border ? -0.05 : f;
        }
    return {
      field: { values, dims: [n, n, n], origin, spacing },
      viewUse: Object.fromEntries(views.map((v) => [v.name, { shape: true }])),
    };
  },
};
