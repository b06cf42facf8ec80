import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Origins } from '../config-values.ts';

/** The pages and the files that they are made of. */
const PAGE_PATH = /^\/(?:|docs|assets\/.*)$/;

/** Nothing of an answer of the API is to be run, shown in a frame or loaded from elsewhere. */
const API_POLICY = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** What the pages need and no more. */
const PAGE_POLICY = {
  ...API_POLICY,
  defaultSrc: ["'self'"],
  // model-viewer decodes compressed meshes in WebAssembly and styles its shadow tree inline.
  scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  // Chosen pictures and icons are data URLs. The textures in a GLB become blobs, which some browsers fetch and others show.
  imgSrc: ["'self'", 'blob:', 'data:'],
  connectSrc: ["'self'", 'blob:'],
  objectSrc: ["'none'"],
};

/**
 * Headers that keep a browser from doing with an answer what it is not meant for.
 * @param corsOrigins where other sites may call the API, their pages may also show its pictures
 */
export function setSecurityHeaders(corsOrigins: Origins | undefined): MiddlewareHandler {
  const common = {
    strictTransportSecurity: false, // The server itself speaks plain HTTP; this is for the proxy to say.
    xFrameOptions: 'DENY',
    crossOriginResourcePolicy: corsOrigins === undefined ? true : 'cross-origin',
  };
  const forPages = secureHeaders({ ...common, contentSecurityPolicy: PAGE_POLICY });
  const forApi = secureHeaders({ ...common, contentSecurityPolicy: API_POLICY });
  return (context, next) => (PAGE_PATH.test(context.req.path) ? forPages : forApi)(context, next);
}
