import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { parseLabels } from '../support/parse-exposition.js';
import { createTextRenderer, gaugeOf, histogramOf, renderPage } from '../support/render-page.js';

/** What JavaScript callers may pass whatever the types say. */
function attributesOf(values: Record<string, unknown>): Attributes {
  return values as Attributes;
}

/** The last line of a page in text 0.0.4. */
function gaugeLine(name: string, attributes: Attributes, value = 1): string {
  return (
    renderPage(createTextRenderer('text'), gaugeOf(name, attributes, value))
      .trimEnd()
      .split('\n')
      .at(-1) ?? ''
  );
}

/** The text between the braces of a gauge. */
function labelsOf(values: Record<string, unknown>): string {
  return gaugeLine('g', attributesOf(values)).replace(/^g(?:\{(.*)\})? 1$/s, '$1');
}

/** The text between the braces of the first bucket of a histogram. */
function bucketLabelsOf(values: Record<string, unknown>): string {
  const page = renderPage(createTextRenderer('text'), histogramOf('h', attributesOf(values), []));
  return /^h_bucket\{(.*)\} 1$/m.exec(page)?.[1] ?? '';
}

function boundText(bound: number): string {
  const page = renderPage(createTextRenderer('openmetrics'), histogramOf('h', {}, [bound]));
  return /^h_bucket\{le="(.*)"\} 1$/m.exec(page)?.[1] ?? '';
}

describe('the labels of a sample', () => {
  it('keep the order and the text of plain attributes', () => {
    expect(labelsOf({ provider: 'openai', model: 'gpt-4' })).toBe('provider="openai",model="gpt-4"');
  });

  it('have backslashes, quotes and line feeds escaped', () => {
    expect(labelsOf({ a: 'back\\slash "quoted"\nnext' })).toBe('a="back\\\\slash \\"quoted\\"\\nnext"');
  });

  it('join attributes that become one label, in the order of their names', () => {
    expect(labelsOf({ 'a.b': 'dot', 'a-b': 'dash', c: 'x' })).toBe('a_b="dash;dot",c="x"');
  });

  it('show what is not a string as JSON', () => {
    expect(labelsOf({ n: 1, b: true, list: ['x', 'y'] })).toBe('n="1",b="true",list="[\\"x\\",\\"y\\"]"');
  });

  it('show halves of characters, which UTF-8 cannot write, as the replacement character', () => {
    expect([labelsOf({ a: '\ud800' }), labelsOf({ a: '\u{1f600}' })]).toEqual([
      'a="\ufffd"',
      'a="\u{1f600}"',
    ]);
  });

  it('move an attribute out of the way of a label of the format', () => {
    expect(bucketLabelsOf({ le: 'x' })).toBe('exported_le="x",le="+Inf"');
    expect(labelsOf({ le: 'x' })).toBe('le="x"');
  });

  it('survive values that have no JSON', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(labelsOf({ big: 10n, circular, none: undefined, nothing: null, fn: Symbol('s') })).toBe(
      'big="10",circular="[object Object]",none="",nothing="null",fn="Symbol(s)"',
    );
  });

  it('are valid and have distinct names whatever the attributes', () => {
    const values = fc.oneof(fc.string({ unit: 'binary' }), fc.anything({ withBigInt: true }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), values), (raw) => {
        for (const text of [labelsOf(raw), bucketLabelsOf(raw)]) {
          const names = Object.keys(parseLabels(text));
          expect(names.filter((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))).toEqual([]);
        }
      }),
    );
  });
});

describe('the name of a label', () => {
  it.each([
    ['provider', 'provider'],
    ['gen_ai.request.model', 'gen_ai_request_model'],
    ['a--b', 'a_b'],
    ['1st', 'key_1st'],
    ['größe', 'gr_e'],
    ['', '_'],
  ])('for %p is %p', (key, label) => {
    expect(labelsOf({ [key]: 'x' })).toBe(`${label}="x"`);
  });
});

describe('the name of a metric', () => {
  it.each([
    ['llm_edge_requests', 'llm_edge_requests 1'],
    ['http.server.duration', 'http_server_duration 1'],
    ['9lives', '_9lives 1'],
    ['--', 'target_info 1'],
    ['', 'target_info 1'],
  ])('for %p gives the last line %p', (name, line) => {
    expect(gaugeLine(name, {})).toBe(line);
  });
});

describe('the value of a sample', () => {
  const text = (value: number): string => gaugeLine('g', {}, value).slice('g '.length);

  it.each([
    [0, '0'],
    [-0, '0'],
    [42, '42'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1e21, '1e+21'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('%p is %p', (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  it('loses nothing of a finite number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(text(value)) + 0).toBe(value + 0);
      }),
    );
  });
});

describe('a bucket bound in OpenMetrics', () => {
  // The second column is what Go's strconv.FormatFloat(x, 'g', -1, 64) gives, with ".0" as OpenMetrics demands.
  it.each([
    [0, '0.0'],
    [0.001, '0.001'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.000015, '1.5e-05'],
    [1, '1.0'],
    [2.5, '2.5'],
    [10, '10.0'],
    [600_000, '600000.0'],
    [999_999.5, '999999.5'],
    [1_000_000, '1e+06'],
    [1_234_567, '1.234567e+06'],
    [1e100, '1e+100'],
    [-10, '-10.0'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('%p is %p', (bound, expected) => {
    expect(boundText(bound)).toBe(expected);
  });

  it('loses nothing, and always looks like a float', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (bound) => {
        const text = boundText(bound);
        expect(Number(text) + 0).toBe(bound + 0);
        expect(text).toMatch(/[.e]/);
      }),
    );
  });
});
