import * as anthropic from '@anthropic-ai/sdk/error';
import fc from 'fast-check';
import * as openai from 'openai/error';
import { classifyError, classifyResponse, ERROR_TYPES, type ErrorType } from '../../lib/index.js';
import * as table from '../support/error-table.js';

const GROUPS = {
  OPENAI_CODES: table.OPENAI_CODES,
  ANTHROPIC_TYPES: table.ANTHROPIC_TYPES,
  GOOGLE_STATUSES: table.GOOGLE_STATUSES,
  AWS_NAMES: table.AWS_NAMES,
  CLASS_NAMES: table.CLASS_NAMES,
  NODE_CODES: table.NODE_CODES,
  UNDICI_CODES: table.UNDICI_CODES,
} as const;

const ROWS: [group: string, code: string, type: ErrorType][] = Object.entries(GROUPS).flatMap(
  ([group, rows]) =>
    Object.entries(rows).map(([code, type]): [string, string, ErrorType] => [group, code, type]),
);

function named(name: string, properties: object = {}): Error {
  return Object.assign(new Error('x'), { name }, properties);
}

describe('the error table', () => {
  it('has no code with two meanings', () => {
    const meanings = new Map<string, Set<ErrorType>>();
    for (const [, code, type] of ROWS) meanings.set(code, (meanings.get(code) ?? new Set()).add(type));
    expect([...meanings].filter(([, types]) => types.size > 1)).toEqual([]);
  });

  it('uses only types of the closed set', () => {
    const types = new Set<string>([
      ...ROWS.map(([, , type]) => type),
      ...Object.values(table.HTTP_STATUSES),
      ...table.MESSAGES.map(([, type]) => type),
      ...table.CODE_PREFIXES.map(([, type]) => type),
    ]);
    expect([...types].filter((type) => !(ERROR_TYPES as readonly string[]).includes(type))).toEqual([]);
  });
});

describe('classifyError()', () => {
  describe('with a code of the table', () => {
    it.each(ROWS)(
      '%s %s is %s, as code, type, name, class, thrown string and cause',
      (_group, code, type) => {
        const ErrorClass = { [code]: class extends Error {} }[code] ?? Error;
        const seen = {
          code: classifyError(Object.assign(new Error('x'), { code })),
          body: classifyError(Object.assign(new Error('x'), { error: { error: { type: code } } })),
          name: classifyError(named(code)),
          className: classifyError(new (class extends ErrorClass {})('x')),
          thrown: classifyError(code),
          cause: classifyError(new Error('x', { cause: new Error('y', { cause: { code } }) })),
        };
        expect(seen).toEqual({
          code: type,
          body: type,
          name: type,
          className: type,
          thrown: type,
          cause: type,
        });
      },
    );

    it.each(table.GRPC_CODES.map((type, code): [number, ErrorType] => [code, type ?? 'unknown']))(
      'gRPC code %d is %s',
      (code, type) => {
        expect(classifyError(Object.assign(new Error('x'), { code, details: 'x', metadata: {} }))).toBe(type);
      },
    );

    it.each(table.CODE_PREFIXES)('codes that begin with %s are %s', (prefix, type) => {
      expect(classifyError(Object.assign(new Error('x'), { code: `${prefix}ANYTHING` }))).toBe(type);
    });

    it('takes a small number for a gRPC code on gRPC errors only', () => {
      // `DOMException.ABORT_ERR` is 20 and `TIMEOUT_ERR` 23; a plain 8 means nothing.
      expect(classifyError(Object.assign(new Error('x'), { code: 8 }))).toBe('unknown');
    });
  });

  describe('with the errors of the OpenAI client', () => {
    const headers = new Headers();
    const { APIError } = openai;
    it.each<[string, unknown, ErrorType]>([
      ['abort', new openai.APIUserAbortError(), 'client_cancelled'],
      ['connect', new openai.APIConnectionError({ message: 'Connection error.' }), 'network'],
      ['timeout', new openai.APIConnectionTimeoutError(), 'timeout'],
      ['400', APIError.generate(400, { error: { message: 'no' } }, undefined, headers), 'invalid_request'],
      ['401', APIError.generate(401, { error: { code: 'invalid_api_key' } }, undefined, headers), 'auth'],
      ['403', APIError.generate(403, {}, undefined, headers), 'permission'],
      [
        '404',
        APIError.generate(404, { error: { type: 'invalid_request_error' } }, undefined, headers),
        'not_found',
      ],
      ['409', APIError.generate(409, {}, undefined, headers), 'invalid_request'],
      ['422', APIError.generate(422, {}, undefined, headers), 'invalid_request'],
      ['429', APIError.generate(429, {}, undefined, headers), 'rate_limited'],
      [
        '429 without credit',
        APIError.generate(429, { error: { type: 'insufficient_quota' } }, undefined, headers),
        'quota_exceeded',
      ],
      [
        '429 at a spend limit',
        APIError.generate(429, { error: { code: 'project_spend_limit_exceeded' } }, undefined, headers),
        'quota_exceeded',
      ],
      [
        '400 too long',
        APIError.generate(
          400,
          { error: { type: 'invalid_request_error', code: 'context_length_exceeded' } },
          undefined,
          headers,
        ),
        'context_length',
      ],
      [
        'Azure content filter',
        APIError.generate(400, { error: { code: 'content_filter', status: 400 } }, undefined, headers),
        'content_filter',
      ],
      ['500', APIError.generate(500, {}, undefined, headers), 'server_error'],
      ['503', APIError.generate(503, {}, undefined, headers), 'overloaded'],
      ['504', APIError.generate(504, {}, undefined, headers), 'timeout'],
      ['finish reason', new openai.ContentFilterFinishReasonError(), 'content_filter'],
      [
        'error frame in a stream',
        new APIError(undefined, { code: 'server_error' }, 'x', headers),
        'server_error',
      ],
      ['error frame without a code', new APIError(undefined, { message: 'x' }, 'x', headers), 'api_error'],
    ])('%s', (_name, error, type) => {
      expect(classifyError(error)).toBe(type);
    });

    it('looks through a connection error at its cause', () => {
      const cause = new TypeError('fetch failed', {
        cause: Object.assign(new Error('x'), { code: 'UND_ERR_CONNECT_TIMEOUT' }),
      });
      expect(classifyError(new openai.APIConnectionError({ cause }))).toBe('timeout');
    });
  });

  describe('with the errors of the Anthropic client', () => {
    const headers = new Headers();
    const body = (type: string, message = 'x') => ({ type: 'error', error: { type, message } });
    it.each<[string, unknown, ErrorType]>([
      ['abort', new anthropic.APIUserAbortError(), 'client_cancelled'],
      ['529', anthropic.APIError.generate(529, body('overloaded_error'), undefined, headers), 'overloaded'],
      ['429', anthropic.APIError.generate(429, body('rate_limit_error'), undefined, headers), 'rate_limited'],
      ['500', anthropic.APIError.generate(500, body('api_error'), undefined, headers), 'server_error'],
      [
        '413',
        anthropic.APIError.generate(413, body('request_too_large'), undefined, headers),
        'invalid_request',
      ],
      ['402', anthropic.APIError.generate(402, body('billing_error'), undefined, headers), 'quota_exceeded'],
      ['504', anthropic.APIError.generate(504, body('timeout_error'), undefined, headers), 'timeout'],
      [
        '400 too long',
        anthropic.APIError.generate(
          400,
          body('invalid_request_error', 'prompt is too long: 203000 tokens > 200000 maximum'),
          undefined,
          headers,
        ),
        'context_length',
      ],
      [
        '400 without credit',
        anthropic.APIError.generate(
          400,
          body('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
          undefined,
          headers,
        ),
        'quota_exceeded',
      ],
      [
        'error event in a stream',
        new anthropic.APIError(undefined, body('overloaded_error'), undefined, headers),
        'overloaded',
      ],
    ])('%s', (_name, error, type) => {
      expect(classifyError(error)).toBe(type);
    });
  });

  describe('with what the platform throws', () => {
    const controller = new AbortController();
    controller.abort();
    const timedOut = new DOMException('The operation timed out.', 'TimeoutError');
    it.each<[string, unknown, ErrorType]>([
      ['an aborted signal', controller.signal.reason, 'client_cancelled'],
      ['a timed-out signal', timedOut, 'timeout'],
      [
        'an abort caused by a timeout',
        named('AbortError', { code: 'ABORT_ERR', cause: timedOut }),
        'timeout',
      ],
      ['fetch failed', new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }), 'network'],
      ['terminated', new TypeError('terminated', { cause: { code: 'UND_ERR_SOCKET' } }), 'network'],
      ['several addresses', new AggregateError([{ code: 'ECONNREFUSED' }, { code: 'ETIMEDOUT' }]), 'timeout'],
      ['a program error', new TypeError('x is not a function'), 'unknown'],
      ['undefined', undefined, 'unknown'],
      ['null', null, 'unknown'],
      ['a number', 429, 'unknown'],
      ['a sentence', 'something went wrong', 'unknown'],
      [
        'a rate limit of our own spelling',
        Object.assign(new Error('x'), { code: 'rate_limit' }),
        'rate_limited',
      ],
      ['an open circuit', named('BrokenCircuitError'), 'circuit_open'],
    ])('%s', (_name, error, type) => {
      expect(classifyError(error)).toBe(type);
    });
  });

  describe('with the shapes of other clients', () => {
    it.each<[string, unknown, ErrorType]>([
      ['AWS', named('ValidationException', { $metadata: { httpStatusCode: 400 } }), 'invalid_request'],
      [
        'AWS, too long',
        Object.assign(new Error('Input is too long for requested model.'), { name: 'ValidationException' }),
        'context_length',
      ],
      ['AWS by status alone', named('X', { $metadata: { httpStatusCode: 503 } }), 'overloaded'],
      ['Google GenAI', named('ApiError', { status: 429 }), 'rate_limited'],
      ['axios', named('AxiosError', { response: { status: 401, data: {} } }), 'auth'],
      [
        'axios with a body',
        named('AxiosError', { response: { status: 429, data: { error: { code: 'insufficient_quota' } } } }),
        'quota_exceeded',
      ],
      [
        'Vercel AI',
        named('AI_RetryError', { lastError: named('AI_APICallError', { statusCode: 529 }) }),
        'overloaded',
      ],
      ['Mistral', named('SDKError', { statusCode: 404 }), 'not_found'],
      ['Azure with a number in text', { error: { code: '429', message: 'x' } }, 'rate_limited'],
      ['OpenRouter with a number', { error: { code: 402, message: 'x' } }, 'quota_exceeded'],
      ['a thrown Response', new Response('', { status: 403 }), 'permission'],
    ])('%s', (_name, error, type) => {
      expect(classifyError(error)).toBe(type);
    });
  });

  describe('with anything', () => {
    it('ends on a chain of causes that bites its tail', () => {
      const first = new Error('a');
      const second = new Error('b', { cause: first });
      first.cause = second;
      expect(classifyError(first)).toBe('unknown');
    });

    it('survives getters that throw, and still sees the other properties', () => {
      const error = Object.defineProperty({ status: 429 }, 'code', {
        get: () => {
          throw new Error('no');
        },
      });
      expect(classifyError(error)).toBe('rate_limited');
    });

    it('survives proxies that throw from every trap', () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      expect([
        classifyError(proxy),
        classifyError(new Error('x', { cause: proxy })),
        classifyError([proxy]),
      ]).toEqual(['unknown', 'unknown', 'unknown']);
      expect(classifyError(Object.assign(new Error('x'), { code: 'ECONNRESET', cause: proxy }))).toBe(
        'network',
      );
    });

    it('answers with a type of the closed set and never throws', () => {
      const error = fc.oneof(
        fc.anything({ withNullPrototype: true, withDate: true, withMap: true, withBigInt: true }),
        fc.record(
          {
            code: fc.anything(),
            status: fc.anything(),
            error: fc.anything(),
            cause: fc.anything(),
            name: fc.anything(),
          },
          { requiredKeys: [] },
        ),
      );
      fc.assert(fc.property(error, (value) => ERROR_TYPES.includes(classifyError(value))));
    });
  });
});

describe('classifyResponse()', () => {
  it('knows every status', () => {
    for (let status = 100; status < 600; status += 1) {
      const expected =
        table.HTTP_STATUSES[status] ??
        (status < 400 ? 'api_error' : status < 500 ? 'invalid_request' : 'server_error');
      expect([status, classifyResponse(status)]).toEqual([status, expected]);
    }
  });

  it.each<[string, number, unknown, ErrorType]>([
    ['OpenAI', 429, { error: { type: 'insufficient_quota', code: 'insufficient_quota' } }, 'quota_exceeded'],
    ['OpenAI rate limit', 429, { error: { type: 'tokens', code: 'rate_limit_exceeded' } }, 'rate_limited'],
    [
      'Anthropic',
      400,
      { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 9' } },
      'context_length',
    ],
    [
      'Gemini',
      400,
      { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'API key not valid.' } },
      'auth',
    ],
    ['Gemini streaming', 429, [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }], 'rate_limited'],
    [
      'Gemini too long',
      400,
      {
        error: {
          status: 'INVALID_ARGUMENT',
          message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).',
        },
      },
      'context_length',
    ],
    ['Bedrock', 400, { __type: 'com.amazon.coral.service#ThrottlingException' }, 'rate_limited'],
    [
      'vLLM',
      400,
      { object: 'error', message: "This model's maximum context length is 4096 tokens.", code: 400 },
      'context_length',
    ],
    [
      'Cohere',
      400,
      { message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081' },
      'context_length',
    ],
    ['text that is JSON', 400, '{"error":{"code":"content_filter"}}', 'content_filter'],
    ['text that is not', 502, '<html>Bad Gateway</html>', 'server_error'],
    ['half a JSON body', 400, '{"error":{"message":"prompt is too long: 9', 'context_length'],
    ['an error in a 200', 200, { error: { code: 'server_error' } }, 'server_error'],
    ['a 503 that names any failure', 503, { error: { type: 'server_error', code: null } }, 'overloaded'],
    ['a 504 that names any failure', 504, { type: 'error', error: { type: 'api_error' } }, 'timeout'],
    ['a 500 that names an overload', 500, { error: { type: 'overloaded_error' } }, 'overloaded'],
    ['a 400 that names a failure', 400, { error: { code: 'server_error' } }, 'server_error'],
    ['nothing in a 200', 200, undefined, 'api_error'],
    ['no status at all', Number.NaN, null, 'api_error'],
  ])('%s', (_name, status, body, type) => {
    expect(classifyResponse(status, body)).toBe(type);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.integer(), fc.anything(), (status, body) =>
        ERROR_TYPES.includes(classifyResponse(status, body)),
      ),
    );
  });
});
