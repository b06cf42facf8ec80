import { expect, test } from 'bun:test';
import { formatLicences } from '../../../../../src/build/licences/format-licences.ts';

test('the list comes first, then every text once, below the names of all that use it', () => {
  const text = formatLicences('Introduction', [
    { name: 'a', version: '1.0.0', licence: 'MIT', texts: ['Do what you like.\r\n'] },
    { name: 'b', version: '', licence: 'LGPLv3', contains: ['c', 'd'], texts: ['Share.', '\nDo what you like.  \n\n'] },
  ]);
  const rule = '='.repeat(80);
  expect(text).toBe(`Introduction

a 1.0.0: MIT
b: LGPLv3
  contains c, d

${rule}
a 1.0.0
b
${rule}

Do what you like.

${rule}
b
${rule}

Share.
`);
});
