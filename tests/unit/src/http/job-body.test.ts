import { describe, expect, test } from 'bun:test';
import { toJobBody } from '../../../../src/http/job-body.ts';
import type { JobLinks } from '../../../../src/http/job-links.ts';
import type { JobSnapshot } from '../../../../src/jobs/job-service.ts';

const queued: JobSnapshot = {
  id: '5f0c4c8e-6f3f-4a55-8d4e-0d6f0f4f1a2b',
  state: 'queued',
  progress: 0,
  queuePosition: 3,
  etaSeconds: 12.34,
  createdAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  timingsMs: {},
  warnings: [],
  views: {},
  options: { enable_pbr: true, should_remesh: true, should_texture: true, engine: 'auto' },
};

const links: JobLinks = { file: (id, name) => `https://h/base/files/${id}/${name}` };

describe('toJobBody', () => {
  test('a queued job', () => {
    expect(toJobBody(queued, links)).toEqual({
      job_id: queued.id,
      status: 'queued',
      progress: 0,
      queue_position: 3,
      eta_seconds: 12.3,
      created_at: '2026-01-02T03:04:05.006Z',
      timings: {},
      warnings: [],
      views: {},
      options: queued.options,
    });
  });

  test('a running job: whole percents that never say 100 too early, seconds in the order of the stages', () => {
    const body = toJobBody(
      {
        ...queued,
        state: 'processing',
        progress: 99.9,
        stage: 'export',
        stageProgress: 99.99,
        startedAt: queued.createdAt + 1000,
        timingsMs: { shape: 1234.5678, decode: 20 },
        device: { kind: 'cuda', index: 2, name: 'GPU', memoryBytes: 8e10 },
        engine: { name: 'hull', reason: 'it needs no weights', licence: 'MIT' },
      },
      links,
    );
    expect(body).toMatchObject({
      status: 'processing',
      progress: 99,
      stage: 'export',
      stage_progress: 99,
      started_at: '2026-01-02T03:04:06.006Z',
      device: { kind: 'cuda', index: 2, name: 'GPU' },
      engine: { name: 'hull', reason: 'it needs no weights', licence: 'MIT' },
    });
    expect(JSON.stringify(body.timings)).toBe('{"decode":0.02,"shape":1.235}');
    expect(body).not.toHaveProperty('model_urls');
  });

  test('a completed job has absolute URLs', () => {
    const files = { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' };
    const body = toJobBody({ ...queued, state: 'completed', progress: 100, files }, links);
    expect(body.model_urls).toEqual({
      glb: `https://h/base/files/${queued.id}/model.glb`,
      preview: `https://h/base/files/${queued.id}/preview.png`,
      sheet: `https://h/base/files/${queued.id}/sheet.png`,
      report: `https://h/base/files/${queued.id}/report.json`,
    });
    expect(body.report).toBe(body.model_urls?.report);
  });

  test('a completed job has a URL for each further file, and its plain ones first', () => {
    const files = { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' };
    const plain = toJobBody({ ...queued, state: 'completed', files }, links).model_urls;
    const further = { ...files, 'glb-web': 'model-web.glb', stl: 'model.stl' };
    const { model_urls } = toJobBody({ ...queued, state: 'completed', files: further }, links);
    const url = (name: string) => `https://h/base/files/${queued.id}/${name}`;
    expect(model_urls).toEqual({ ...plain!, 'glb-web': url('model-web.glb'), stl: url('model.stl') });
    expect(Object.keys(model_urls ?? {}).slice(0, 4)).toEqual(Object.keys(plain ?? {}));
  });

  test('names the address of the events only where the plain one needs a key', () => {
    expect(toJobBody(queued, links)).not.toHaveProperty('events_url');
    const withToken = { ...links, events: (id: string) => `https://h/base/api/events?job_id=${id}&token=t` };
    expect(toJobBody(queued, withToken).events_url).toBe(`https://h/base/api/events?job_id=${queued.id}&token=t`);
  });

  test('a failed job has a sentence and a code', () => {
    const error = { code: 'image.no_object', message: 'No object was found.' } as const;
    const body = toJobBody({ ...queued, state: 'failed', error }, links);
    expect(body).toMatchObject({ status: 'failed', error: 'No object was found.', error_code: 'image.no_object' });
  });
});
