import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { JobInput, UploadedImage } from '../jobs/job-service.ts';
import { GenerateOptionsSchema } from '../protocol/options.ts';
import { VIEW_NAMES, type ViewName } from '../protocol/views.ts';
import type { JobWebhooks, WebhookSubscription } from '../webhooks/job-webhooks.ts';
import { DEFAULT_WEBHOOK_EVENTS, WEBHOOK_EVENTS } from '../webhooks/webhook-events.ts';
import { type JsonLimits, type JsonValue, parseJson } from './parse-json.ts';
import { type PictureRules, readUpload } from './upload.ts';

/** The body has three levels and a dozen values; the rest is room for clear messages. */
const JSON_LIMITS: JsonLimits = { maxDepth: 16, maxValues: 1000 };
const MAX_PROBLEMS = 8;
const WHOLE_BODY = 'the body';

const picture = z.string({ error: 'expected base64 of a picture' }).meta({
  format: 'picture',
  contentEncoding: 'base64',
  description:
    'PNG, JPEG, WebP, AVIF, TIFF or GIF in base64, with or without `data:image/...;base64,` in front; or the answer to an upload.',
});

export const PicturesSchema = z.strictObject({
  front: picture,
  back: picture.optional(),
  left: picture.optional(),
  right: picture.optional(),
});

export const GenerateRequestSchema = z
  .strictObject({
    images: PicturesSchema,
    options: GenerateOptionsSchema.prefault({}),
    webhook_url: z
      .string({ error: 'expected an http or https URL' })
      .optional()
      .meta({ format: 'uri', description: 'Where to POST events of the job, on a server that sends webhooks.' }),
    webhook_events: z
      .array(z.enum(WEBHOOK_EVENTS, { error: `expected one of ${WEBHOOK_EVENTS.join(', ')}` }), {
        error: `expected a list of ${WEBHOOK_EVENTS.join(', ')}`,
      })
      .min(1, { error: 'expected at least one event' })
      .max(WEBHOOK_EVENTS.length, { error: `expected at most ${WEBHOOK_EVENTS.length} events` })
      .optional()
      .describe(`Which events; otherwise ${DEFAULT_WEBHOOK_EVENTS.join(' and ')}.`),
  })
  .meta({ dependentRequired: { webhook_events: ['webhook_url'] } });
export type GenerateRequest = z.input<typeof GenerateRequestSchema>;

/** A job and what its client wants to be told of it. */
export interface GenerateInput {
  job: JobInput;
  webhook?: WebhookSubscription;
}

export interface GenerateRules extends PictureRules {
  /** Absent where the server sends none. */
  webhooks?: Pick<JobWebhooks, 'findUrlProblem'> | undefined;
}

/** What each object of the body should be, where it is something else. */
const OBJECT_EXPECTATIONS: Readonly<Record<string, string>> = {
  [WHOLE_BODY]: 'expected an object with "images" and optionally "options"',
  images: 'expected an object with the picture "front" and optionally "back", "left" and "right"',
  options: 'expected an object',
};

/**
 * Reads the body of `POST /api/generate`. All problems of its structure are named at once, with field, expectation and
 * value; then every picture is checked as far as its header tells.
 * @throws {AppError} `request.malformed`, `request.invalid`
 */
export function parseGenerateRequest(body: Uint8Array, rules: GenerateRules): GenerateInput {
  const value = parseJson(body, JSON_LIMITS);
  const parsed = GenerateRequestSchema.safeParse(value);
  if (!parsed.success) throw invalidRequest(parsed.error.issues, value);

  const { images, options } = parsed.data;
  const webhook = readWebhook(parsed.data, rules.webhooks);
  return { job: { images: readPictures(images, rules), options }, ...(webhook && { webhook }) };
}

/**
 * Checks every picture as far as its header tells.
 * @throws {AppError} `request.invalid`
 */
export function readPictures(images: z.output<typeof PicturesSchema>, rules: PictureRules): JobInput['images'] {
  const front = readUpload('images.front', images.front, rules);
  const others: Partial<Record<ViewName, UploadedImage>> = {};
  for (const name of VIEW_NAMES) {
    const text = images[name];
    if (name !== 'front' && text !== undefined) others[name] = readUpload(`images.${name}`, text, rules);
  }
  return { ...others, front };
}

function readWebhook(
  { webhook_url: url, webhook_events: events }: z.output<typeof GenerateRequestSchema>,
  webhooks: GenerateRules['webhooks'],
): WebhookSubscription | undefined {
  if (url === undefined) {
    if (events === undefined) return undefined;
    throw new AppError('request.invalid', 'webhook_events: expected "webhook_url" beside it, got nothing.');
  }
  if (webhooks === undefined) {
    throw new AppError('request.invalid', 'webhook_url: this server sends no webhooks; follow the events of the job.');
  }
  const problem = webhooks.findUrlProblem(url);
  if (problem !== undefined) throw new AppError('request.invalid', `webhook_url: ${problem}, got ${quote(url)}.`);
  return { url, events: events ?? DEFAULT_WEBHOOK_EVENTS };
}

function invalidRequest(issues: readonly z.core.$ZodIssue[], body: JsonValue): AppError {
  const problems = issues.slice(0, MAX_PROBLEMS).map((issue) => describeIssue(issue, body));
  if (issues.length > MAX_PROBLEMS) problems.push(`and ${issues.length - MAX_PROBLEMS} more`);
  return new AppError('request.invalid', `${problems.join('; ')}.`);
}

function describeIssue(issue: z.core.$ZodIssue, body: JsonValue): string {
  const field = issue.path.length === 0 ? WHOLE_BODY : issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return `${field}: unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.slice(0, 4).map(quote).join(', ')}`;
  }
  const isNoObject = issue.code === 'invalid_type' && issue.expected === 'object';
  const expectation = (isNoObject && OBJECT_EXPECTATIONS[field]) || issue.message;
  return `${field}: ${expectation}, got ${describeValue(valueAt(body, issue.path))}`;
}

function valueAt(body: JsonValue, path: readonly PropertyKey[]): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = value[String(key)];
  }
  return value;
}

function describeValue(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? quote(value) : String(value);
}

/** Text of a client, shortened and escaped, so that it can neither flood a message nor break its line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
