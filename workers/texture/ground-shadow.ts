import type { Mesh } from '../geometry/mesh.ts';
import { boxBlur } from './box-blur.ts';
import { type OrthographicCamera, orbitCamera, type Vec3 } from './camera.ts';
import { rasterize } from './rasterize.ts';

/** Soft contact shadow on the horizontal plane that the mesh stands on. */
export interface GroundShadow {
  /** Darkness, 0 to 1, of the ground behind a picture position (0 to 1 from the upper left corner). */
  darkness(camera: OrthographicCamera, x: number, y: number): number;
}

const MAP_SIZE = 96;
/** World length over which a surface above the ground loses its shadow. */
const FADE_HEIGHT = 0.25;
const STRENGTH = 0.55;
/** Below this sine of the elevation the ground is seen edge-on and has no shadow. */
const MIN_ELEVATION_SINE = 0.05;

/** Looks at the mesh from below and blurs what is near the ground. */
export function createGroundShadow(mesh: Pick<Mesh, 'positions' | 'indices'>): GroundShadow {
  const { positions } = mesh;
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const k = i % 3;
    if (positions[i]! < min[k]!) min[k] = positions[i]!;
    if (positions[i]! > max[k]!) max[k] = positions[i]!;
  }
  const floor = min[1]!;
  const target: Vec3 = [(min[0]! + max[0]!) / 2, floor, (min[2]! + max[2]!) / 2];
  const half = 0.85 * Math.max(max[0]! - min[0]!, max[2]! - min[2]!, 1e-3);
  const below = orbitCamera(0, -90, half, target);
  const { depth } = rasterize(positions, mesh.indices, below, MAP_SIZE, MAP_SIZE);
  let map = new Float32Array(MAP_SIZE * MAP_SIZE);
  // depth is minus the height over the floor
  for (let i = 0; i < map.length; i++) map[i] = Math.exp(depth[i]! / FADE_HEIGHT);
  for (let pass = 0; pass < 3; pass++) map = boxBlur(map, MAP_SIZE, MAP_SIZE, 3);

  return {
    darkness(camera, x, y) {
      const { right, up, toward } = camera;
      if (toward[1] < MIN_ELEVATION_SINE) return 0;
      const s = (2 * x - 1) * camera.halfWidth;
      const t = (1 - 2 * y) * camera.halfHeight;
      // walk along the line of sight to the floor
      const py = camera.target[1] + s * right[1] + t * up[1];
      const k = (floor - py) / toward[1];
      const px = camera.target[0] + s * right[0] + t * up[0] + k * toward[0] - target[0];
      const pz = camera.target[2] + s * right[2] + t * up[2] + k * toward[2] - target[2];
      const mx = (((px * below.right[0] + pz * below.right[2]) / half + 1) * MAP_SIZE) / 2 - 0.5;
      const my = ((1 - (px * below.up[0] + pz * below.up[2]) / half) * MAP_SIZE) / 2 - 0.5;
      const x0 = Math.floor(mx);
      const y0 = Math.floor(my);
      if (x0 < 0 || y0 < 0 || x0 > MAP_SIZE - 2 || y0 > MAP_SIZE - 2) return 0;
      const fx = mx - x0;
      const fy = my - y0;
      const o = y0 * MAP_SIZE + x0;
      const top = map[o]! * (1 - fx) + map[o + 1]! * fx;
      const bottom = map[o + MAP_SIZE]! * (1 - fx) + map[o + MAP_SIZE + 1]! * fx;
      return STRENGTH * (top * (1 - fy) + bottom * fy);
    },
  };
}
