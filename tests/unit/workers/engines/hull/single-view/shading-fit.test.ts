import { describe, expect, test } from 'bun:test';
import { roundHeightSquared } from '../../../../../../workers/engines/hull/single-view/local-radius.ts';
import { fitShading } from '../../../../../../workers/engines/hull/single-view/shading-fit.ts';
import { brightness } from '../../../../../helpers/lit-outline.ts';
import { GRID, sampleOnGrid } from '../../../../../helpers/outline-map.ts';
import { seededRandom } from '../../../../../helpers/pictures.ts';

const RADIUS = 0.9;
const distance = sampleOnGrid((x, y) => RADIUS - Math.hypot(x, y));
const radius = distance.map(() => RADIUS);
const ball = distance.map((d) => roundHeightSquared(RADIUS, d));
const cylinder = sampleOnGrid((x) => roundHeightSquared(RADIUS, RADIUS - Math.abs(x)));
const selected = Uint8Array.from(distance, (d) => (d > 0.1 ? 1 : 0));
const litBall = sampleOnGrid((x, y) => {
  const r2 = Math.min(0.99, (x * x + y * y) / RADIUS ** 2);
  return Math.log(brightness([x / RADIUS, y / RADIUS, Math.sqrt(1 - r2)]));
});
const fit = (relief: Float32Array, picture: Float32Array, sidewaysOnly = false) =>
  fitShading(relief, picture, radius, selected, GRID, sidewaysOnly);

describe('the fit of light to a relief', () => {
  test('explains the shading of a ball by a ball', () => {
    const { explained, unexplained } = fit(ball, litBall);
    expect(explained).toBeGreaterThan(10 * unexplained);
  });

  test('errs more on a cylinder than on the ball that the picture shows', () => {
    expect(fit(cylinder, litBall).error).toBeGreaterThan(2 * fit(ball, litBall).error);
  });

  test('sees nothing in an even picture', () => {
    expect(
      fit(
        ball,
        litBall.map(() => -0.5),
      ),
    ).toEqual({ explained: 0, unexplained: 0, error: 0 });
  });

  test('is not misled by a few edges of colour', () => {
    const striped = sampleOnGrid((x) => (Math.abs(x - 0.2) < 0.1 ? -1.5 : 0)).map((v, i) => v + litBall[i]!);
    const { explained, unexplained } = fit(ball, striped);
    expect(explained).toBeGreaterThan(0.5 * fit(ball, litBall).explained);
    expect(unexplained).toBeLessThan(explained);
  });

  test('explains next to nothing of noise', () => {
    const random = seededRandom(7);
    const { explained, unexplained } = fit(
      ball,
      litBall.map(() => 0.3 * random()),
    );
    expect(explained).toBeLessThan(0.05 * unexplained);
  });

  test('sideways finds no roundness in a brightness that only falls downwards', () => {
    const gradient = sampleOnGrid((_, y) => 0.4 * y);
    expect(fit(ball, gradient, true).explained).toBeLessThan(1e-6);
    expect(fit(ball, gradient).explained).toBeGreaterThan(0.01);
  });

  test('of no samples at all is zero', () => {
    const none = fitShading(ball, litBall, radius, new Uint8Array(ball.length), GRID);
    expect(none).toEqual({ explained: 0, unexplained: 0, error: 0 });
  });
});
