import { Counter, Gauge, type Registry } from 'prom-client';
import type { JobService } from '../../jobs/job-service.ts';
import { VERSION } from '../../version.ts';
import { deviceLabel } from './job-metrics.ts';

const WORKER_STATES = ['waiting', 'busy', 'ending'] as const;
const DEVICE_STATES = ['idle', 'busy', 'quarantined'] as const;

/** Registers what is read at the moment of the scrape: the process, the queue and the devices. */
export function registerServerMetrics(registry: Registry, stats: JobService['stats']): void {
  const registers = [registry];
  const startedAt = Date.now() / 1000 - process.uptime();
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const constant = (name: string, help: string, labels: Record<string, string>) =>
    new Gauge({ name, help, labelNames: Object.keys(labels), registers }).set(labels, 1);

  constant('hy3d_build_info', 'Version of this program.', { version: VERSION });
  // These three have the names that every Prometheus client gives them, without our prefix.
  gauge('process_start_time_seconds', 'Start of the server, in seconds since 1970.', () => startedAt);
  gauge('process_resident_memory_bytes', 'Resident memory of the server.', () => process.memoryUsage.rss());
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the server.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  gauge('hy3d_queue_jobs', 'Jobs that wait for a device.', () => stats().queued);
  gauge('hy3d_queue_limit_jobs', 'Jobs that may wait.', () => stats().queueLimit);
  gauge('hy3d_running_jobs', 'Jobs that have a device.', () => stats().processing);
  gauge('hy3d_draining', '1 while the server shuts down and takes no jobs.', () => Number(stats().draining));
  new Gauge({
    name: 'hy3d_device_state',
    help: '1 for the state that a device is in, 0 for the others.',
    labelNames: ['device', 'state'],
    registers,
    collect() {
      for (const device of stats().devices) {
        for (const state of DEVICE_STATES) {
          this.set({ device: deviceLabel(device), state }, Number(device.state === state));
        }
      }
    },
  });
  new Gauge({
    name: 'hy3d_worker_processes',
    help: 'Worker processes on a device, by state: waiting for a job, busy or ending.',
    labelNames: ['device', 'state'],
    registers,
    collect() {
      const { devices, workers } = stats();
      for (const device of devices.map(deviceLabel)) {
        const own = workers.filter((worker) => deviceLabel(worker.device) === device);
        for (const state of WORKER_STATES) {
          this.set({ device, state }, own.filter((worker) => worker.state === state).length);
        }
      }
    },
  });
  new Gauge({
    name: 'hy3d_worker_resident_memory_bytes',
    help: 'Resident memory of the worker processes on a device, from their last heartbeats.',
    labelNames: ['device'],
    registers,
    collect() {
      const { devices, workers } = stats();
      for (const device of devices.map(deviceLabel)) this.set({ device }, 0);
      for (const { device, rssBytes } of workers) this.inc({ device: deviceLabel(device) }, rssBytes);
    },
  });
}
