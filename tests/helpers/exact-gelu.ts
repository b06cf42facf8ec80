/** x/2 (1 + erf(x / sqrt 2)) in 64 bits, for arguments of magnitude up to about 6. */
export function exactGelu(x: number): number {
  return (x / 2) * (1 + erf(x / Math.SQRT2));
}

/** Maclaurin series. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
