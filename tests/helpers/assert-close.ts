import { expect } from 'bun:test';

/** Expects `actual` within `relative` times |expected|. */
export function assertClose(actual: number, expected: number, relative: number): void {
  const error = Math.abs(actual - expected);
  if (!(error <= relative * Math.abs(expected))) {
    expect.unreachable(`expected ${expected} within ${relative * 100} %, got ${actual}`);
  }
}
