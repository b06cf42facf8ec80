import { describe, expect, test } from 'bun:test';
import { flashLevels, hierarchyLevels } from '../../../../../../workers/engines/hunyuan/volume/hierarchy-levels.ts';

describe('hierarchyLevels', () => {
  test.each([
    [512, [64, 128, 256, 512]],
    [384, [96, 192, 384]],
    [380, [95, 190, 380]],
    [256, [64, 128, 256]],
    [196, [98, 196]],
    [128, [64, 128]],
    [126, [63, 126]],
    [125, [125]],
    [63, [63]],
    [32, [32]],
  ])('%p cells', (resolution, levels) => {
    expect(hierarchyLevels(resolution)).toEqual(levels);
  });
});

describe('flashLevels', () => {
  test.each([
    [512, [63, 126, 252, 504]],
    [384, [95, 190, 380]],
    [380, [95, 190, 380]],
    [256, [63, 126, 252]],
    // 98 / 4 and 50 / 4 lie halfway and round to the even 24 and 12; 90 / 4 to 22.
    [196, [95, 190]],
    [50, [47]],
    [90, [87]],
    [128, [63, 126]],
    [64, [63]],
  ])('%p cells', (resolution, levels) => {
    expect(flashLevels(resolution)).toEqual(levels);
  });
});
