import { expect, test } from 'bun:test';
import { markdownTableRows } from '../../../../../src/build/licences/markdown-table-rows.ts';

test('rows of all tables are words, without headings, links and marks', () => {
  const text = `
| Library | Licence |
| ------- | :-----: |
| [\`zstd\`](https://example.org/a) | BSD |
| A fork of [\`x\`](https://example.org) | [several](https://example.org), MIT |

Text | with a line.

|Package|Licence|
|---|---|
|y||
`;
  expect(markdownTableRows(text)).toEqual([
    ['zstd', 'BSD'],
    ['A fork of x', 'several, MIT'],
    ['y', ''],
  ]);
});
