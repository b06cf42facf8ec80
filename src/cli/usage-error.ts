/** A command was called in a way that cannot work; its message says what to do, and the process exits with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
