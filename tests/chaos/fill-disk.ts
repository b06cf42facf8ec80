import assert from 'node:assert/strict';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChaosServer, makeDataDir } from './chaos-server.ts';
import { bodyOf, Ledger } from './ledger.ts';
import type { Scenario } from './scenario.ts';

const DISK_BYTES = 32 * 1024 ** 2;

/** A disk that fills up: pictures are refused, running jobs fail, and all is well again when there is room. */
export const fillDisk: Scenario = async ({ form, mode }) => {
  const disk = makeDataDir();
  const mount = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
  if (!mount.success) {
    rmSync(disk, { recursive: true });
    return { skipped: `no small disk can be mounted here: ${mount.stderr.toString().trim()}` };
  }
  try {
    await using server = await ChaosServer.start({ mode, dataDir: join(disk, 'data') });
    const ledger = new Ledger(server);
    const filler = join(disk, 'filler');
    let refused = 0;
    const rounds = form === 'short' ? 1 : 5;
    for (let round = 0; round < rounds; round += 1) {
      for (let nth = 0; nth < 4; nth += 1) await ledger.post('slow');
      fill(filler, disk);
      for (let nth = 0; nth < 5; nth += 1) {
        const response = await ledger.client.post(bodyOf('quick'));
        const body = (await response.json()) as { job_id: string; detail: string };
        if (response.status === 200) ledger.accept(body.job_id);
        else {
          assert.equal(response.status, 500);
          assert.equal(typeof body.detail, 'string');
          refused += 1;
        }
      }
      await ledger.settle();
      rmSync(filler);
      const id = await ledger.post('quick');
      await ledger.settle();
      const { status, error } = await ledger.client.status(id);
      assert.equal(status, 'completed', `jobs still fail when there is room: ${error}`);
    }
    const ends = await ledger.check();
    await server.stop();
    const failed = ends.filter((job) => job.status === 'failed').length;
    assert.ok(failed + refused > 0, 'the disk was never full');
    return { rounds, refused, failed, completed: ends.length - failed };
  } finally {
    Bun.spawnSync(['umount', '-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
};

/** Leaves no block free. */
function fill(path: string, dir: string): void {
  const { bavail, bsize } = statfsSync(dir);
  try {
    writeFileSync(path, new Uint8Array(bavail * bsize));
  } catch {
    // The last block went to a worker meanwhile.
  }
}
