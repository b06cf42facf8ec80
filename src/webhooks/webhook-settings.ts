/** Schemas of the settings of webhooks, from the text of a flag or an environment variable. */
import { z } from 'zod';
import { parseAllowList } from './allow-list.ts';
import { parseWebhookSecret } from './sign-webhook.ts';

/** One secret, or several with commas between them while one replaces another. */
export const webhookSecrets = z.string().transform((raw, context): readonly Uint8Array[] => {
  const keys = raw.split(',').map((part) => parseWebhookSecret(part.trim()));
  if (keys.every((key) => key !== undefined)) return keys;
  context.addIssue({ code: 'custom', message: 'expected whsec_ and the base64 of 24 to 64 bytes' });
  return z.NEVER;
});

/** Host names and address blocks. */
export const webhookAllowList = z.string().transform((raw, context) => {
  const list = parseAllowList(raw);
  if (!('wrong' in list)) return list;
  context.addIssue({ code: 'custom', message: 'expected host names and address blocks like hooks.lan, 10.1.0.0/16' });
  return z.NEVER;
});
