/** What `hy3d doctor` runs in a process of its own: starts a provider and prints how that went, as one line of JSON. */
import { errorMessageOf } from '../../src/errors.ts';
import { attentionAgrees } from './choose-provider.ts';
import type { ExecutionProvider } from './execution-provider.ts';

/** Whether a provider starts, and whether its fused attention computes what the formula says. */
export interface ProbeResult {
  starts: boolean;
  fusedAttention: boolean;
  reason?: string;
}

export async function probe(provider: ExecutionProvider): Promise<ProbeResult> {
  try {
    return { starts: true, fusedAttention: await attentionAgrees(provider) };
  } catch (error) {
    return { starts: false, fusedAttention: false, reason: errorMessageOf(error) };
  }
}
