import { describe, expect, test } from 'bun:test';
import { JobRequestSchema, WorkerEventSchema, WorkerRequestSchema } from '../../../../src/protocol/messages.ts';
import { encodeLine, NdjsonDecoder } from '../../../../src/protocol/ndjson.ts';

/** One line of every message, as it stands on the wire. */
const WORKER_LINES = [
  '{"type":"hello","protocol":1,"version":"0.1.0","pid":7,"visibleDevices":"0"}',
  '{"type":"ready","rssBytes":1000000}',
  '{"type":"engine","name":"hull","reason":"needs no weights","licence":"MIT"}',
  '{"type":"stage","stage":"decode","state":"started"}',
  '{"type":"stage","stage":"decode","state":"finished","elapsedMs":12.5}',
  '{"type":"progress","stage":"shape","stageProgress":0.5,"progress":20.5}',
  '{"type":"heartbeat","rssBytes":1000000}',
  '{"type":"log","level":"info","message":"two\\nlines"}',
  '{"type":"warning","message":"left: ignored"}',
  '{"type":"result","files":{"glb":"model.glb","preview":"preview.png","sheet":"sheet.png","report":"report.json"},' +
    '"timingsMs":{"decode":12},"views":{"front":{"shape":true,"texture":true},"left":{"shape":false,"texture":true,"note":"not used"}},' +
    '"summary":{"faces":40000,"vertices":20000,"watertight":true},"peakRssBytes":1000000}',
  '{"type":"result","files":{"glb":"model.glb","preview":"preview.png","sheet":"sheet.png","report":"report.json",' +
    '"glb-web":"model-web.glb","obj":"model-obj.zip","stl":"model.stl","ply":"model.ply","3mf":"model.3mf","usdz":"model.usdz"},' +
    '"timingsMs":{},"views":{},"summary":{"faces":2000,"vertices":1002,"watertight":true},"peakRssBytes":1}',
  '{"type":"error","code":"image.no_object","message":"front: no object","stage":"foreground","details":{"coverage":0}}',
];

const REQUEST_LINE =
  '{"type":"job","protocol":1,"jobId":"a","views":{"front":"/in/front.png"},"options":{"enable_pbr":true,"should_remesh":true,' +
  '"should_texture":true,"engine":"auto"},"outputDir":"/out","modelsDir":"/models","device":{"kind":"cpu","index":0,"name":"CPU"},' +
  '"limits":{"maxPixels":1000}}';

describe('the wire format', () => {
  test.each(WORKER_LINES)('accepts and keeps %s', (line) => {
    expect(JSON.stringify(WorkerEventSchema.parse(JSON.parse(line)))).toBe(line);
  });

  test('accepts and keeps the job request', () => {
    expect(JSON.stringify(JobRequestSchema.parse(JSON.parse(REQUEST_LINE)))).toBe(REQUEST_LINE);
  });

  test('accepts and keeps each request, told apart by its type', () => {
    const prepare = '{"type":"prepare","protocol":1}';
    const kept = REQUEST_LINE.replace(/}$/, ',"keep":true}');
    for (const line of [prepare, REQUEST_LINE, kept]) {
      expect(JSON.stringify(WorkerRequestSchema.parse(JSON.parse(line)))).toBe(line);
    }
    expect(WorkerRequestSchema.safeParse({ type: 'prepare', protocol: 2 }).success).toBe(false);
  });

  test('survives a cut at every byte of a valid stream', () => {
    const stream = new TextEncoder().encode(WORKER_LINES.map((line) => encodeLine(JSON.parse(line))).join(''));
    for (let cut = 0; cut <= stream.length; cut++) {
      const decoder = new NdjsonDecoder();
      const lines = [...decoder.push(stream.slice(0, cut)), ...decoder.push(stream.slice(cut)), ...decoder.flush()];
      expect(lines.map((line) => line.kind === 'message' && JSON.stringify(line.value))).toEqual(WORKER_LINES);
    }
  });

  test.each([
    ['an unknown type', '{"type":"greeting"}'],
    ['a fraction above one', '{"type":"progress","stage":"shape","stageProgress":1.1,"progress":20}'],
    ['a stage that does not exist', '{"type":"stage","stage":"magic","state":"started"}'],
    ['an error code that does not exist', '{"type":"error","code":"oops","message":"x"}'],
    [
      'a result without a file',
      '{"type":"result","files":{"glb":"a"},"timingsMs":{},"views":{},"summary":{},"peakRssBytes":1}',
    ],
  ])('refuses %s', (_what, line) => {
    expect(WorkerEventSchema.safeParse(JSON.parse(line)).success).toBe(false);
  });

  test('refuses a request without a front picture', () => {
    const request = JSON.parse(REQUEST_LINE);
    expect(JobRequestSchema.safeParse({ ...request, views: { back: '/in/back.png' } }).success).toBe(false);
  });
});
