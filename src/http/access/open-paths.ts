/** The page, the documentation and what load balancers ask: the same for everyone, and nothing of any job. */
const OPEN = /^\/(?:|assets\/.*|docs(?:\/.*)?|openapi\.json|api\/health|api\/ready)$/;

/** Whether a path needs no key and counts towards no limit. Every other one does, unknown ones included. */
export function isOpenPath(path: string): boolean {
  return OPEN.test(path);
}
