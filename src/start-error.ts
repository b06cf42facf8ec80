/** The server cannot start as it is set up: port taken, data folder in use. The message says what to do. */
export class StartError extends Error {
  override name = 'StartError';
}
