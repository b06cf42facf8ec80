import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobSchema } from '../../../../../src/http/api-schemas.ts';
import { createOpenApiDocument } from '../../../../../src/http/openapi/document.ts';
import { EXAMPLE_REQUEST } from '../../../../../src/http/openapi/example-request.ts';
import { OPERATIONS } from '../../../../../src/http/openapi/operations.ts';
import { GenerateOptionsSchema } from '../../../../../src/protocol/options.ts';
import { createTestApp } from '../../../../helpers/create-test-app.ts';

const readme = readFileSync(join(import.meta.dir, '../../../../../README.md'), 'utf8');
const document = createOpenApiDocument('https://example.org/hy3d');

/** `:id`, `{id}` and `{job_id}` are one and the same place of a path. */
function withoutNames(route: string): string {
  return route.replace(/:[a-z_]+|\{[a-z_]+\}/g, '{}');
}

/** Every value under a key, at any depth. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [...(name === key ? [inner] : []), ...valuesOf(key, inner)]);
}

describe('the routes', () => {
  const documented = Object.keys(OPERATIONS).map(withoutNames).sort();

  test('of the document are those that the app has, but for the parts of its pages', () => {
    const registered = createTestApp()
      .app.routes.filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/assets/'))
      .map(({ method, path }) => withoutNames(`${method} ${path}`));
    expect([...new Set(registered)].sort()).toEqual(documented);
  });

  test('of the README are those of the document', () => {
    const [, table = ''] = /^\| route \| answer \|\n((?:\|.*\n)+)/m.exec(readme) ?? [];
    const listed = [...table.matchAll(/^\| `([A-Z]+ [^`?]*)/gm)].map(([, route]) => route ?? '');
    expect(listed.map(withoutNames).sort()).toEqual(documented);
  });
});

describe('the OpenAPI document', () => {
  test('says where it was asked for', async () => {
    const response = await createTestApp({ publicUrl: 'https://example.org/hy3d' }).app.request('/openapi.json');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
    const local = await (await createTestApp().app.request('http://localhost:1234/openapi.json')).json();
    expect(valuesOf('servers', local)).toEqual([[{ url: 'http://localhost:1234' }]]);
  });

  test('refers only to what it contains', () => {
    const references = valuesOf('$ref', document);
    expect(references.length).toBeGreaterThan(20);
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    for (const reference of references) expect(known).toContain(String(reference));
  });

  test('gives each operation a name of its own and an answer for a fault of ours', () => {
    const names = valuesOf('operationId', document.paths);
    expect(new Set(names).size).toBe(Object.keys(OPERATIONS).length);
    for (const answers of valuesOf('responses', document.paths)) expect(answers).toHaveProperty('500');
  });

  test('describes every option of the validating schema', () => {
    const { GenerateOptions } = document.components.schemas;
    expect(GenerateOptions).toHaveProperty('additionalProperties', false);
    const [properties] = valuesOf('properties', GenerateOptions) as [Record<string, { description?: string }>];
    expect(Object.keys(properties)).toEqual(Object.keys(GenerateOptionsSchema.shape));
    for (const { description } of Object.values(properties)) expect(description?.length).toBeGreaterThan(10);
  });
});

describe('its example', () => {
  test('is a request that the server takes', async () => {
    const { app, jobs } = createTestApp();
    const body = JSON.stringify(EXAMPLE_REQUEST);
    const response = await app.request('/api/generate', { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(jobs.inputs[0]?.images.front.format).toBe('png');
  });

  test('leads to bodies that have no key beyond the schema', async () => {
    const { app, jobs } = createTestApp();
    await app.request('/api/generate', { method: 'POST', body: JSON.stringify(EXAMPLE_REQUEST) });
    const [job] = jobs.list();
    if (!job) throw new Error('no job was made');
    const device = { kind: 'cpu', index: 0, name: 'test CPU' } as const;
    jobs.move(job.id, 'stage', { state: 'processing', startedAt: 1, device, stage: 'shape', stageProgress: 12.5 });
    jobs.complete(job.id, new Uint8Array(1));
    const status: unknown = await (await app.request(`/api/status?job_id=${job.id}`)).json();
    expect(JobSchema.strict().safeParse(status).error).toBeUndefined();
  });
});
