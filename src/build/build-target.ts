/** A platform for which there are builds of Bun, of the network runtime and of the picture library. */
export const BUILD_TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64'] as const;
export type BuildTarget = (typeof BUILD_TARGETS)[number];

/** The platform of this process; undefined where there is no build for it. */
export function hostTarget(): BuildTarget | undefined {
  const host = `${process.platform}-${process.arch}`;
  return BUILD_TARGETS.find((target) => target === host);
}
