import type { Device } from '../protocol/messages.ts';

/**
 * Whether a job may be placed on a device: not on a GPU that has less memory than the job needs while another device
 * has enough. Where none has, each will do, for its worker tells best what is missing.
 * @param needBytes undefined where it is not known
 * @param devices all that there are
 */
export function fitsDevice(needBytes: number | undefined, device: Device, devices: readonly Device[]): boolean {
  const isEnough = ({ kind, memoryBytes }: Device) =>
    needBytes === undefined || kind === 'cpu' || memoryBytes === undefined || memoryBytes >= needBytes;
  return isEnough(device) || !devices.some(isEnough);
}
