import { type Context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { operationOf, requestOf, withOperation, withRequest } from '../../lib/requests/call-context.js';
import type { FollowableRequest } from '../../lib/requests/followed-call.js';
import type { OperationScope } from '../../lib/requests/operation-scope.js';

const KEYS = ['a', 'b', 'c'].map(createContextKey);
const operation = (id: number) => ({ id }) as unknown as OperationScope;
const request = (id: number) => ({ id }) as unknown as FollowableRequest;
const span = () => trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });

/** Contexts beneath a context, through whatever fields they lie in. */
function depthOf(context: Context): number {
  const { base } = context as { readonly base?: Context };
  return base === undefined ? 0 : 1 + depthOf(base);
}

describe('withOperation() and withRequest()', () => {
  it('set one value and keep all others', () => {
    const outer = ROOT_CONTEXT.setValue(KEYS[0] as symbol, 'kept');
    const spanned = trace.setSpan(withOperation(outer, operation(1)), span());
    const inner = withRequest(spanned, request(2));
    expect([operationOf(inner), requestOf(inner), inner.getValue(KEYS[0] as symbol)]).toEqual([
      operation(1),
      request(2),
      'kept',
    ]);
    expect(trace.getSpan(inner)).toBe(trace.getSpan(spanned));
    expect([requestOf(spanned), operationOf(outer), trace.getSpan(outer)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('find what another copy of the package has set', () => {
    const key = createContextKey('llm-edge-monitoring.operation.v1');
    const inner = withRequest(ROOT_CONTEXT.setValue(key, operation(1)), request(2));
    expect(operationOf(inner)).toEqual(operation(1));
    expect(operationOf(inner.setValue(key, operation(3)))).toEqual(operation(3));
  });

  it('behave as contexts of the API do, however they are nested, and never lie above each other', () => {
    const step = fc.record({
      what: fc.constantFrom('operation', 'request', 'span', 'set', 'delete'),
      key: fc.constantFrom(...KEYS),
      id: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let ours: Context = ROOT_CONTEXT;
        const model = new Map<unknown, unknown>();
        for (const { what, key, id } of steps) {
          const spanSet = span();
          if (what === 'operation') ours = withOperation(ours, operation(id));
          else if (what === 'request') ours = withRequest(ours, request(id));
          else if (what === 'span') ours = trace.setSpan(ours, spanSet);
          else ours = what === 'set' ? ours.setValue(key, id) : ours.deleteValue(key);
          if (what === 'operation') model.set(what, operation(id));
          else if (what === 'request') model.set(what, request(id));
          else if (what === 'span') model.set(what, spanSet);
          else model.set(key, what === 'set' ? id : undefined);
        }
        expect(operationOf(ours)).toEqual(model.get('operation'));
        expect(requestOf(ours)).toEqual(model.get('request'));
        expect(trace.getSpan(ours)).toBe(model.get('span'));
        for (const key of KEYS) expect(ours.getValue(key)).toBe(model.get(key));
        expect(depthOf(ours)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
