import assert from 'node:assert/strict';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChaosServer } from './chaos-server.ts';
import { bodyOf, Ledger } from './ledger.ts';
import type { Scenario } from './scenario.ts';

/** Folders that cannot be read, or are gone: refusals without a job, no crash, and no other file in place of one. */
export const breakFolders: Scenario = async ({ form, mode }) => {
  await using server = await ChaosServer.start({ mode });
  const ledger = new Ledger(server);
  const folder = join(server.dataDir, 'jobs');
  const rounds = form === 'short' ? 1 : 5;
  // The rights of a folder mean nothing to root; a file in its place does.
  const isRoot = process.getuid?.() === 0;
  for (let round = 0; round < rounds; round += 1) {
    const done = await ledger.post('quick');
    await ledger.settle();
    if (isRoot) {
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, 'in the way');
    } else {
      chmodSync(folder, 0);
    }
    await ledger.client.expectRefusal(ledger.client.post(bodyOf('quick')), 500, /failed to answer/);
    await ledger.client.expectRefusal(ledger.client.fetch(`/files/${done}/chaos.glb`), 404, /no such file/);
    const { status, error } = await ledger.client.status(done);
    assert.equal(status, 'completed', `the job failed: ${error}`);
    if (isRoot) {
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
    } else {
      chmodSync(folder, 0o700);
    }
    await ledger.post('quick');
    await ledger.check();
  }
  return { rounds, broken: isRoot ? 'a file in the place of the folder' : 'a folder without rights' };
};
