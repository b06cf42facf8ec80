import { describe, expect, test } from 'bun:test';
import { createViewerPage } from '../../../../src/cli/viewer-page.ts';

describe('createViewerPage', () => {
  test('holds the model and the viewer, and asks for nothing else', async () => {
    const html = await createViewerPage('a model', Uint8Array.of(0x67, 0x6c, 0x54, 0x46));
    expect(html).toContain('src="data:model/gltf-binary;base64,Z2xURg=="');
    expect(html).toContain('customElements');
    expect(html).not.toMatch(/<(?:script|link|img)[^>]*\s(?:src|href)=/);
    // The bundle is one script; an end tag inside of it would cut it.
    expect(html.match(/<\/script/g)).toHaveLength(1);
  });

  test('a title cannot become markup', async () => {
    const html = await createViewerPage('"><script>alert(1)</script>', new Uint8Array(0));
    expect(html).toContain('alt="&quot;>&lt;script>alert(1)&lt;/script>"');
  });
});
