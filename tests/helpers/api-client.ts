import assert from 'node:assert/strict';

/** The part of a status body that the test script looks at. */
export interface Status {
  job_id: string;
  status: 'queued' | 'processing' | 'completed' | 'failed';
  progress: number;
  model_urls?: { glb: string; preview: string; sheet: string; report: string };
  error?: string;
  error_code?: string;
  created_at: string;
  timings: Record<string, number>;
}

export interface ServerEvent {
  id: number;
  type: string;
  status: Status;
}

/** A client of the REST contract that asserts what holds for every answer. */
export class ApiClient {
  readonly #baseUrl: string;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(path.startsWith('http') ? path : this.#baseUrl + path, init);
  }

  /** @throws where the answer is not 200 with a body of JSON */
  async json<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    assert.equal(response.status, 200, `expected 200, got ${response.status}: ${text.slice(0, 300)}`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    return JSON.parse(text);
  }

  post(body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.fetch('/api/generate', { method: 'POST', headers, body: text });
  }

  async generate(body: unknown): Promise<string> {
    const response = await this.post(body);
    const text = await response.text();
    assert.equal(response.status, 200, `expected 200, got ${response.status}: ${text}`);
    const { job_id, status } = JSON.parse(text);
    assert.match(job_id, /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(status, 'queued');
    return job_id;
  }

  status(id: string): Promise<Status> {
    return this.json(`/api/status?job_id=${id}`);
  }

  /** Polls until the job has ended; progress must never fall. */
  async waitForEnd(id: string): Promise<Status> {
    let progress = 0;
    for (;;) {
      const status = await this.status(id);
      assert.ok(status.progress >= progress, `progress fell from ${progress} to ${status.progress}`);
      progress = status.progress;
      if (status.status === 'completed' || status.status === 'failed') return status;
      await Bun.sleep(200);
    }
  }

  /** All events of a job after `lastEventId`, until the stream ends. */
  async events(id: string, lastEventId?: number): Promise<ServerEvent[]> {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
    const response = await this.fetch(`/api/events?job_id=${id}`, { headers });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const blocks = (await response.text()).split('\n\n').filter((block) => /^(?:event|id|data): /m.test(block));
    return blocks.map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      return { id: Number(field('id')), type: field('event'), status: JSON.parse(field('data')) };
    });
  }

  /** Asserts a refusal: its status and a body with nothing but a `detail` that matches. */
  async expectRefusal(answer: Response | Promise<Response>, status: number, detail: RegExp): Promise<Response> {
    const response = await answer;
    const text = await response.text();
    assert.equal(response.status, status, `expected ${status}, got ${response.status}: ${text.slice(0, 300)}`);
    const body = JSON.parse(text);
    assert.deepEqual(Object.keys(body), ['detail']);
    assert.match(body.detail, detail);
    return response;
  }
}
