import { describe, expect, test } from 'bun:test';
import { workerEnvironment } from '../../../../src/worker-process/worker-environment.ts';

const gpu = { kind: 'cuda', index: 3, name: 'test GPU' } as const;
const cpu = { kind: 'cpu', index: 1, name: 'test CPU' } as const;

describe('workerEnvironment', () => {
  test('shows a GPU worker exactly its own device, counted as nvidia-smi does', () => {
    const env = workerEnvironment(gpu, '/jobs/a/temp', {
      CUDA_VISIBLE_DEVICES: '0,1,2,3',
      CUDA_DEVICE_ORDER: 'FASTEST_FIRST',
    });
    expect(env).toEqual({
      CUDA_VISIBLE_DEVICES: '3',
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      ORT_DISABLE_TELEMETRY: '1',
      TMPDIR: '/jobs/a/temp',
    });
  });

  test('hides all GPUs from a CPU worker', () => {
    expect(workerEnvironment(cpu, '/t', { CUDA_VISIBLE_DEVICES: '0' }).CUDA_VISIBLE_DEVICES).toBe('');
  });

  test('passes on what programs and drivers need and nothing else', () => {
    const env = workerEnvironment(cpu, '/t', {
      PATH: '/bin',
      LD_LIBRARY_PATH: '/cuda',
      HY3D_CACHE: '/cache',
      HY3D_HOST: '0.0.0.0',
      API_TOKEN: 'secret',
      HOME: undefined,
    });
    expect(env).toMatchObject({ PATH: '/bin', LD_LIBRARY_PATH: '/cuda', HY3D_CACHE: '/cache' });
    expect(Object.keys(env)).not.toContain('HY3D_HOST');
    expect(Object.keys(env)).not.toContain('API_TOKEN');
    expect(Object.keys(env)).not.toContain('HOME');
  });
});
