import { describe, expect, test } from 'bun:test';
import { type DeviceSettings, discoverDevices } from '../../../../src/gpus/discover-devices.ts';
import { parseGpuList } from '../../../../src/gpus/parse-gpu-list.ts';
import { type RunCommand, runCommand } from '../../../../src/gpus/run-command.ts';

const THREE_GPUS = `0, GPU-aaa1, NVIDIA H100 80GB HBM3, 81559 MiB
1, GPU-bbb2, NVIDIA GeForce RTX 4090, 24564 MiB
2, GPU-bbc3, NVIDIA GB10, [N/A]
`;

const answering =
  (stdout: string, exitCode = 0): RunCommand =>
  async () => ({ exitCode, stdout });
const missing: RunCommand = async () => undefined;

async function found(settings: Partial<DeviceSettings>, run: RunCommand = answering(THREE_GPUS)) {
  const { devices } = await discoverDevices({ cpuSlots: 1, ...settings }, run);
  return devices.map((device) => `${device.kind} ${device.index}`);
}

describe('parseGpuList', () => {
  test('reads index, name and memory of each line', () => {
    expect(parseGpuList(THREE_GPUS)).toEqual([
      { kind: 'cuda', index: 0, uuid: 'GPU-aaa1', name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81559 * 2 ** 20 },
      { kind: 'cuda', index: 1, uuid: 'GPU-bbb2', name: 'NVIDIA GeForce RTX 4090', memoryBytes: 24564 * 2 ** 20 },
      { kind: 'cuda', index: 2, uuid: 'GPU-bbc3', name: 'NVIDIA GB10' },
    ]);
  });

  test('keeps commas inside a name and leaves out lines of another form', () => {
    const text = 'WARNING: infoROM is corrupted\n\n0, GPU-a, Odd, Name, 100 MiB\r\nNo devices were found\n';
    expect(parseGpuList(text).map((gpu) => gpu.name)).toEqual(['Odd, Name']);
  });
});

describe('discoverDevices', () => {
  test('takes every GPU that nvidia-smi lists', async () => {
    expect(await found({})).toEqual(['cuda 0', 'cuda 1', 'cuda 2']);
  });

  test('does not show the identity of a GPU to jobs', async () => {
    const { devices } = await discoverDevices({ cpuSlots: 1 }, answering(THREE_GPUS));
    expect(devices[0]).toEqual({ kind: 'cuda', index: 0, name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81559 * 2 ** 20 });
  });

  test.each([
    ['2,0', ['cuda 2', 'cuda 0']],
    ['GPU-bbb', ['cuda 1']],
    ['1,7,0', ['cuda 1']],
    ['0,0,1', ['cuda 0']],
    ['', ['cpu 0']],
    ['-1', ['cpu 0']],
  ])('reads CUDA_VISIBLE_DEVICES=%p as CUDA does', async (visibleDevices, expected) => {
    expect(await found({ visibleDevices })).toEqual(expected);
  });

  test('takes the GPUs of the setting, in its order, once each', async () => {
    expect(await found({ gpus: '2, 0,2' })).toEqual(['cuda 2', 'cuda 0']);
  });

  test.each(['3', 'x', '0,,1', '1.5', '-1'])('refuses the gpus setting %p and says what is there', async (gpus) => {
    await expect(found({ gpus })).rejects.toThrow(/expected indices such as "0,2".*visible here: 0, 1, 2/);
  });

  test('refuses a GPU of the setting that CUDA_VISIBLE_DEVICES hides', async () => {
    await expect(found({ gpus: '0', visibleDevices: '1' })).rejects.toThrow(/visible here: 1/);
  });

  test.each([
    ['is missing', missing, 'not there'],
    ['fails', answering('Failed to initialize NVML', 9), 'code 9'],
    ['lists nothing', answering('No devices were found\n'), 'no GPU'],
  ])('takes CPU slots where nvidia-smi %s, and says why', async (_what, run, reason) => {
    const discovered = await discoverDevices({ cpuSlots: 2 }, run);
    expect(discovered.devices.map((device) => `${device.kind} ${device.index}`)).toEqual(['cpu 0', 'cpu 1']);
    expect(discovered.reason).toContain(reason);
  });

  test('does not even ask nvidia-smi when the GPUs are switched off', async () => {
    const never: RunCommand = () => Promise.reject(new Error('asked'));
    expect(await found({ gpus: 'none' }, never)).toEqual(['cpu 0']);
  });
});

describe('runCommand', () => {
  test('gives exit code and output of a program, without a shell', async () => {
    expect(await runCommand(['echo', '$HOME;ls'])).toEqual({ exitCode: 0, stdout: '$HOME;ls\n' });
    expect(await runCommand(['false'])).toEqual({ exitCode: 1, stdout: '' });
  });

  test('gives undefined for a program that is not there', async () => {
    expect(await runCommand(['no-such-program-of-hy3d'])).toBeUndefined();
  });
});
