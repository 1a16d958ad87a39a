import type { ResponseObserver } from '../streams/node-response.js';

/**
 * Observes the body of a response that a runtime will send. Runtimes read bodies without public methods, so the response
 * is replaced by one whose body passes each chunk on as it is read.
 *
 * @returns the response to send instead.
 */
export function observeWebResponse(response: Response, method: string, observer: ResponseObserver): Response {
  const { body } = response;
  // The body of the answer to HEAD is not sent.
  if (body === null || response.bodyUsed || body.locked || method === 'HEAD') {
    observer.end({ how: 'complete' });
    return response;
  }
  const reader = body.getReader();
  let isBegun = false;
  const observed = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let chunk: Awaited<ReturnType<typeof reader.read>>;
        try {
          chunk = await reader.read();
        } catch (error) {
          observer.end({ how: 'broken', error });
          throw error;
        }
        if (chunk.done) {
          observer.end({ how: 'complete' });
          controller.close();
          return;
        }
        if (!isBegun) observer.firstByte();
        isBegun = true;
        controller.enqueue(chunk.value);
      },
      cancel(reason) {
        observer.end({ how: 'client_left' });
        return reader.cancel(reason);
      },
    },
    // Nothing is read ahead of the runtime.
    { highWaterMark: 0 },
  );
  return new Response(observed as never, response);
}
