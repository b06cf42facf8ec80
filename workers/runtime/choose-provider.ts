import { attention } from '../../models/onnx/attention.ts';
import { Graph } from '../../models/onnx/graph.ts';
import { AppError, errorMessageOf } from '../../src/errors.ts';
import type { Device } from '../../src/protocol/messages.ts';
import { type ExecutionProvider, providersFor } from './execution-provider.ts';
import { float32, openNetwork } from './network-session.ts';

export interface ProviderChoice {
  provider: ExecutionProvider;
  /** Whether its fused attention gives what the formula gives; some drivers of WebGPU do not. */
  fusedAttention: boolean;
  /** Why those before it were passed over, for the log. */
  passedOver: string[];
}

const TOKENS = 64;
const WIDTH = 64;
/** Of values of order 1; a wrong kernel is off by tenths. */
const TOLERANCE = 1e-3;

/**
 * The first provider for a device that starts and computes rightly.
 * @throws {AppError} `runtime.unavailable` with the reason of each that does not
 */
export async function chooseProvider(device: Device): Promise<ProviderChoice> {
  const passedOver: string[] = [];
  for (const provider of providersFor(device)) {
    try {
      return { provider, fusedAttention: await attentionAgrees(provider), passedOver };
    } catch (error) {
      passedOver.push(`${provider}: ${errorMessageOf(error)}`);
    }
  }
  throw new AppError('runtime.unavailable', `nothing can run networks on ${device.name}. ${passedOver.join('. ')}`);
}

/** Whether both forms of attention agree on a sequence that is long enough for the fused kernels. */
export async function attentionAgrees(provider: ExecutionProvider): Promise<boolean> {
  const g = new Graph('attention-self-test');
  const tokens = g.input('tokens', 'float32', [TOKENS, WIDTH]);
  g.output('fused', attention(g, tokens, tokens, tokens, 2, 'fused'));
  g.output('decomposed', attention(g, tokens, tokens, tokens, 2, 'decomposed'));
  const session = await openNetwork(g.encode(), { provider, weightBytes: 0 });
  try {
    const values = Float32Array.from({ length: TOKENS * WIDTH }, (_, i) => Math.sin(i * 0.7) * 2);
    const { fused, decomposed } = await session.run({ tokens: float32([TOKENS, WIDTH], values) }, [
      'fused',
      'decomposed',
    ]);
    return decomposed.every((expected, i) => Math.abs((fused[i] ?? Number.NaN) - expected) <= TOLERANCE);
  } finally {
    await session.release();
  }
}
