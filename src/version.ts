import packageJson from '../package.json' with { type: 'json' };

/** Version of this program, from package.json. */
export const VERSION: string = packageJson.version;
/** Version of the public REST contract that `/api/health` reports. */
export const API_VERSION = '2.1';
