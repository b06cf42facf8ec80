import { describe, expect, test } from 'bun:test';
import { createProgressDisplay } from '../../../../src/cli/progress-display.ts';
import type { JobSnapshot } from '../../../../src/jobs/job-service.ts';

const job: JobSnapshot = {
  id: 'x',
  state: 'processing',
  progress: 0,
  createdAt: 0,
  timingsMs: {},
  warnings: [],
  views: {},
  options: { enable_pbr: true, should_remesh: true, should_texture: true, engine: 'auto' },
};

function display(target: { isTTY?: boolean; columns?: number }) {
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  return { shown: createProgressDisplay({ ...target, write }), text: () => text };
}

describe('progress elsewhere than on a terminal', () => {
  test('is one plain line for each stage', () => {
    const { shown, text } = display({});
    shown.update(job);
    shown.update({ ...job, stage: 'decode', progress: 0 });
    shown.update({ ...job, stage: 'decode', progress: 2 });
    shown.update({ ...job, stage: 'shape', progress: 8.9 });
    shown.note('Note: the back is guessed.');
    shown.end();
    expect(text()).toBe('  0 %  decode\n  8 %  shape\nNote: the back is guessed.\n');
  });
});

describe('progress on a terminal', () => {
  test('is one bar that is drawn over itself and cleared at the end', () => {
    const { shown, text } = display({ isTTY: true, columns: 100 });
    shown.update({ ...job, stage: 'shape', progress: 50, etaSeconds: 2.2 });
    shown.end();
    const bar = `${'█'.repeat(15)}${'░'.repeat(15)}  50 %  shape, about 3 s left`;
    expect(text()).toBe(`\r\x1b[2K${bar}\r\x1b[2K`);
  });

  test('is not drawn again while nothing changes, and never wraps', () => {
    const { shown, text } = display({ isTTY: true, columns: 20 });
    shown.update({ ...job, stage: 'shape', progress: 50 });
    const once = text();
    shown.update({ ...job, stage: 'shape', progress: 50 });
    expect(text()).toBe(once);
    expect(once.replace('\r\x1b[2K', '').length).toBeLessThan(20);
  });

  test('a note stands above the bar', () => {
    const { shown, text } = display({ isTTY: true });
    shown.update({ ...job, stage: 'mesh', progress: 0 });
    shown.note('Note: x');
    expect(text()).toMatch(/Note: x\n░+ {3}0 % {2}mesh$/);
  });
});
