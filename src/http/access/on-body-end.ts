/**
 * The same response, whose stream tells when it is over: read to its end, broken off or cancelled by the client.
 * One without a stream is over at once as far as the server's work goes.
 */
export function onBodyEnd(response: Response, callback: () => void): Response {
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  if (!isStream || response.body === null) {
    callback();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        callback();
        controller.close();
      } catch (error) {
        callback();
        controller.error(error);
      }
    },
    async cancel(reason) {
      callback();
      await reader.cancel(reason);
    },
  });
  return new Response(body, response);
}
