import { readFile } from 'node:fs/promises';
import { packageFile } from '../program-files.ts';

/**
 * A web page that shows one model and needs nothing else: model and viewer stand in the file, so that it opens from the
 * disk, without a server and offline.
 */
export async function createViewerPage(title: string, glb: Uint8Array): Promise<string> {
  const bundle = await readFile(packageFile('@google/model-viewer/dist/model-viewer.min.js'), 'utf8');
  const model = `data:model/gltf-binary;base64,${Buffer.from(glb).toString('base64')}`;
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title)}</title>
  <style>
    :root { color-scheme: light dark; }
    body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
    model-viewer { width: 100vw; height: 100vh; }
  </style>
  <script type="module">${bundle.replaceAll('</script', '<\\/script')}</script>
</head>
<body>
  <model-viewer src="${model}" alt="${escapeHtml(title)}" camera-controls auto-rotate shadow-intensity="1"></model-viewer>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
