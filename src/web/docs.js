// Swagger UI comes as a classic script that leaves one global.
const { SwaggerUIBundle } = /** @type {{ SwaggerUIBundle: (options: object) => void }} */ (
  /** @type {unknown} */ (globalThis)
);

SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  // The validator badge would ask a server of somebody else.
  validatorUrl: null,
});
