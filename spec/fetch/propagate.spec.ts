import { context, createTraceState, propagation, trace } from '@opentelemetry/api';
import { type InstrumentFetchOptions, instrumentFetch } from '../../lib/fetch.js';
import { startTestMonitoring, type TestMonitoring } from '../../lib/testing.js';

const URL_CHAT = 'https://api.openai.com/v1/chat/completions';
const THEIRS = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let test: TestMonitoring;
beforeEach(async () => {
  // The context of the caller is set before the first call is observed.
  test = await startTestMonitoring({ registerGlobals: true });
});
afterEach(() => test.shutdown());

/** A trace of a caller of this process, with state and with baggage. */
const served = propagation.setBaggage(
  trace.setSpanContext(context.active(), {
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    traceFlags: 1,
    traceState: createTraceState('vendor=1'),
    isRemote: true,
  }),
  propagation.createBaggage({ user: { value: 'alice@example.com' } }),
);

/** The headers about context that a provider gets. */
async function sent(
  propagate: InstrumentFetchOptions['propagate'],
  headers: Readonly<Record<string, string>> = {},
  makeInput: (init: RequestInit) => Parameters<typeof fetch> = (init) => [URL_CHAT, init],
) {
  let seen = new Headers();
  const inner: typeof fetch = async (input, init) => {
    seen = new Request(input, init).headers;
    return new Response(null);
  };
  const call = instrumentFetch(inner, { propagate });
  const init = { method: 'POST', body: '{"model":"gpt-4o"}', headers };
  await context.with(served, () => call(...makeInput(init)));
  const [span] = await test.spans();
  const spanId = span?.spanContext().spanId;
  return {
    traceparent: seen.get('traceparent')?.replace(spanId ?? '', 'ours') ?? null,
    tracestate: seen.get('tracestate'),
    baggage: seen.get('baggage'),
  };
}

const NONE = { traceparent: null, tracestate: null, baggage: null };
const TRACE = { traceparent: `00-${'1'.repeat(32)}-ours-01`, tracestate: 'vendor=1' };
const BAGGAGE = { baggage: 'user=alice%40example.com' };

describe('propagate', () => {
  it.each<[string, InstrumentFetchOptions['propagate'], object]>([
    ['nothing, where it is not asked for', undefined, NONE],
    ['nothing, where it is refused', false, NONE],
    ['nothing, where nothing is named', [], NONE],
    ['the trace and its state', true, { ...NONE, ...TRACE }],
    ['the trace alone, where it is named', ['tracecontext'], { ...NONE, ...TRACE }],
    ['baggage only where it is named', ['tracecontext', 'baggage'], { ...TRACE, ...BAGGAGE }],
    ['baggage without the trace', ['baggage'], { ...NONE, ...BAGGAGE }],
  ])('sends %s', async (_what, propagate, headers) => {
    expect(await sent(propagate)).toEqual(headers);
  });

  it.each<[string, InstrumentFetchOptions['propagate']]>([
    ['true', true],
    ['all', ['tracecontext', 'baggage']],
  ])(
    'leaves what the caller sends, and adds no state to the trace of another: %s',
    async (_what, propagate) => {
      const own = { traceparent: THEIRS, baggage: 'mine=1' };
      expect(await sent(propagate, own)).toEqual({ ...own, tracestate: null });
    },
  );

  it('keeps the baggage that the caller sends beside the trace', async () => {
    expect(await sent(true, { baggage: 'mine=1' })).toEqual({ ...TRACE, baggage: 'mine=1' });
  });

  it('adds to the headers of a Request', async () => {
    const makeInput = (init: RequestInit): Parameters<typeof fetch> => [new Request(URL_CHAT, init)];
    expect(await sent(true, { baggage: 'mine=1' }, makeInput)).toEqual({ ...TRACE, baggage: 'mine=1' });
  });
});
