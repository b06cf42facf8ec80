import { expect, test } from 'bun:test';
import { fitsDevice } from '../../../../src/gpus/fits-device.ts';
import type { Device } from '../../../../src/protocol/messages.ts';

const small: Device = { kind: 'cuda', index: 0, name: 'small', memoryBytes: 4e9 };
const large: Device = { kind: 'cuda', index: 1, name: 'large', memoryBytes: 24e9 };
const untold: Device = { kind: 'cuda', index: 2, name: 'shared memory' };
const cpu: Device = { kind: 'cpu', index: 0, name: 'CPU', memoryBytes: 1e9 };

test('a job keeps away from a GPU that is too small while another device is not', () => {
  expect(fitsDevice(8e9, small, [small, large])).toBe(false);
  expect(fitsDevice(8e9, large, [small, large])).toBe(true);
  expect(fitsDevice(4e9, small, [small, large])).toBe(true);
  expect(fitsDevice(8e9, small, [small, untold])).toBe(false);
});

test('a job that no device is large enough for fits each, so that it does not wait for ever', () => {
  expect(fitsDevice(30e9, small, [small, large])).toBe(true);
});

test('what is not known does not keep a job away, nor does the memory of a processor', () => {
  expect(fitsDevice(undefined, small, [small, large])).toBe(true);
  expect(fitsDevice(30e9, untold, [small, untold])).toBe(true);
  expect(fitsDevice(30e9, cpu, [cpu])).toBe(true);
});
