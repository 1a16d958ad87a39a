import { context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { RequestHandle } from '../../lib/index.js';
import * as ourCopy from '../support/observe-harness.js';

const USER_KEY = createContextKey('a value of the user');

type Copy = typeof ourCopy;

/** A second copy of the package, as a process has that loads the ES modules and the CommonJS build. */
function loadOtherCopy(): Copy {
  let copy: Copy | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual('../support/observe-harness.js') as Copy;
  });
  if (copy === undefined) throw new Error('no copy');
  return copy;
}

const otherCopy = loadOtherCopy();

function parentOf({ span }: RequestHandle): string | undefined {
  return (span as unknown as { readonly parentSpanContext?: { readonly spanId: string } }).parentSpanContext
    ?.spanId;
}

describe('the context of operations and requests', () => {
  describe('with a context manager', () => {
    beforeEach(() => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    });
    afterEach(() => {
      context.disable();
    });

    it('keeps what the user has set around it', async () => {
      const { operation, request } = ourCopy.createObserveHarness();
      const seen: unknown[] = [];
      const note = () => seen.push(context.active().getValue(USER_KEY));
      await context.with(context.active().setValue(USER_KEY, 'kept'), () =>
        operation(async () => {
          note();
          await request(async () => {
            await Promise.resolve();
            note();
          });
          note();
        }),
      );
      expect([...seen, context.active().getValue(USER_KEY)]).toEqual(['kept', 'kept', 'kept', undefined]);
    });

    it('is kept where the user sets a value or a span within it', () => {
      const { recorder, start, operation } = ourCopy.createObserveHarness();
      operation(() => {
        start().fail(new Error('x'), 'timeout');
        const span = recorder.tracer.startSpan('of the user');
        const within = trace.setSpan(context.active().setValue(USER_KEY, 1), span).deleteValue(USER_KEY);
        const child = context.with(within, () => start());
        expect(parentOf(child)).toBe(span.spanContext().spanId);
      });
      expect(recorder.callsOf('retry')).toHaveLength(1);
    });

    it('goes with a function that is bound to it', () => {
      const { recorder, start, operation, request, activeSpan } = ourCopy.createObserveHarness();
      const late = operation((handle) => {
        start().fail(new Error('x'), 'timeout');
        const bound = context.bind(context.active(), () => start());
        return () => ({ child: bound(), parent: handle.span });
      });
      const { child, parent } = late();
      expect(parentOf(child)).toBe(parent.spanContext().spanId);
      expect(recorder.callsOf('retry')).toHaveLength(1);

      let bound: () => unknown = () => undefined;
      let ofRequest: unknown;
      void request((handle) => {
        ofRequest = handle.span;
        bound = context.bind(context.active(), activeSpan);
        return new Promise(() => undefined);
      });
      expect([bound(), activeSpan()]).toEqual([ofRequest, undefined]);
    });

    it('has an operation within a request keep the request, and the other way round', () => {
      const { recorder, start, operation, request, activeSpan } = ourCopy.createObserveHarness();
      request((outer) => operation(() => expect(activeSpan()).toBe(outer.span)));
      operation(() => {
        start().fail(new Error('x'), 'timeout');
        request(() => start());
      });
      expect(recorder.callsOf('retry')).toEqual([
        ['retry', ourCopy.GPT.provider, ourCopy.GPT.model, 'timeout'],
      ]);
    });
  });

  describe.each([
    ['with a context manager', true],
    ['without one, until the first await', false],
  ])('of two copies of the package, %s', (_name, hasManager) => {
    beforeEach(() => {
      if (hasManager) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    });
    afterEach(() => {
      context.disable();
    });

    it('is the same', () => {
      const ours = ourCopy.createObserveHarness();
      const others = otherCopy.createObserveHarness();
      ours.operation((handle) => {
        others.start().fail(new Error('x'), 'timeout');
        const child = others.start();
        expect(parentOf(child)).toBe(handle.span.spanContext().spanId);
      });
      expect([ours.recorder.callsOf('retry').length, others.recorder.callsOf('retry')]).toEqual([1, []]);
      ours.request((handle) => {
        expect(others.activeSpan()).toBe(handle.span);
      });
      expect(others.activeSpan()).toBeUndefined();
      if (!hasManager) expect(context.active()).toBe(ROOT_CONTEXT);
    });
  });
});
