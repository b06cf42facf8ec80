import { describe, expect, test } from 'bun:test';
import type { PullEvent } from '../../../../models/store/download-file.ts';
import { createPullDisplay } from '../../../../src/cli/models-pull-display.ts';

const FILE = 'acme/tiny/shape/model.safetensors';

function progress(receivedBytes: number, more: object = {}): PullEvent {
  const rates = { bytesPerSecond: undefined, secondsLeft: undefined, ...more };
  return { type: 'progress', file: FILE, receivedBytes, totalBytes: 4e9, ...rates };
}

function display(target: { isTTY?: boolean; columns?: number }) {
  let text = '';
  let now = 0;
  const write = (piece: string) => {
    text += piece;
  };
  const shown = createPullDisplay({ ...target, write }, () => now);
  return {
    show: shown.show,
    end: shown.end,
    wait: (ms: number) => {
      now += ms;
    },
    text: () => text,
  };
}

describe('a pull elsewhere than on a terminal', () => {
  test('is one plain line for each thing that happens to a file', () => {
    const { show, end, text } = display({});
    show({ type: 'kept', file: 'acme/tiny/shape/config.yaml', bytes: 1664 });
    show(progress(1e9));
    show(progress(1.5e9));
    show({ type: 'retry', file: FILE, reason: 'the connection was cut', delayMs: 1500 });
    show(progress(1.5e9));
    show({ type: 'checking', file: FILE });
    show({ type: 'done', file: FILE, bytes: 4e9 });
    show({ type: 'skipped', file: 'acme/vae/model.safetensors' });
    end();
    expect(text().split('\n')).toEqual([
      'kept      acme/tiny/shape/config.yaml (2 kB)',
      `bringing  ${FILE} (4.0 GB, 1.0 GB of it there)`,
      `waiting   ${FILE}: the connection was cut; next try in 2 s`,
      `checking  ${FILE}`,
      `done      ${FILE} (4.0 GB)`,
      'skipped   acme/vae/model.safetensors: optional, and not to be had there',
      '',
    ]);
  });
});

describe('a pull on a terminal', () => {
  test('is one bar with rate and time left, drawn over itself', () => {
    const { show, end, text } = display({ isTTY: true, columns: 120 });
    show(progress(1e9, { bytesPerSecond: 40e6, secondsLeft: 75 }));
    end();
    const bar = `${'█'.repeat(6)}${'░'.repeat(18)}`;
    const expected = `${bar}  25 %  1.0 GB  40 MB/s  1 min 15 s left  shape/model.safetensors`;
    expect(text()).toBe(`\r\x1b[2K${expected}\r\x1b[2K`);
  });

  test('is redrawn ten times a second at most, and never wider than the terminal', () => {
    const { show, wait, text } = display({ isTTY: true, columns: 40 });
    for (let ms = 0; ms < 1000; ms += 10) {
      show(progress(ms * 1e6));
      wait(10);
    }
    const bars = text().split('\r\x1b[2K').slice(1);
    expect(bars.length).toBe(10);
    expect(Math.max(...bars.map((bar) => bar.length))).toBeLessThan(40);
  });

  test('clears the bar before a line that stays', () => {
    const { show, text } = display({ isTTY: true, columns: 100 });
    show(progress(4e9));
    show({ type: 'done', file: FILE, bytes: 4e9 });
    expect(text()).toEndWith(`\r\x1b[2Kdone      ${FILE} (4.0 GB)\n`);
  });
});
