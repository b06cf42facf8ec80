import type { ApiKey } from './api-keys.ts';

/** Who sent a request: the holder of a key or of a token for one job, or, where no keys are set up, an address. */
export type Client =
  | { kind: 'address'; address: string }
  | { kind: 'key'; key: ApiKey }
  | { kind: 'token'; jobId: string };

declare module 'hono' {
  interface ContextVariableMap {
    /** Set for every request but those for open paths. */
    client: Client | undefined;
  }
}

/** The name under which a client owns jobs and is written to the log; that of a token owns nothing. */
export function clientName(client: Client): string {
  switch (client.kind) {
    case 'address':
      return `address:${client.address}`;
    case 'key':
      return `key:${client.key.id}`;
    case 'token':
      return `token:${client.jobId}`;
  }
}
