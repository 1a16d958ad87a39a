import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { renderLabels } from '../../lib/prometheus/label-text.js';
import { toLabelName, toMetricName } from '../../lib/prometheus/names.js';
import { parseLabels } from '../support/parse-exposition.js';

/** What JavaScript callers may pass whatever the types say. */
function attributes(values: Record<string, unknown>): Attributes {
  return values as Attributes;
}

describe('renderLabels()', () => {
  it('keeps the order and the text of plain attributes', () => {
    expect(renderLabels({ provider: 'openai', model: 'gpt-4' })).toEqual({
      text: 'provider="openai",model="gpt-4"',
      lossy: false,
    });
  });

  it('escapes backslashes, quotes and line feeds', () => {
    expect(renderLabels({ a: 'back\\slash "quoted"\nnext' }).text).toBe(
      'a="back\\\\slash \\"quoted\\"\\nnext"',
    );
  });

  it('joins attributes that become one label, in the order of their names', () => {
    expect(renderLabels({ 'a.b': 'dot', 'a-b': 'dash', c: 'x' })).toEqual({
      text: 'a_b="dash;dot",c="x"',
      lossy: true,
    });
  });

  it('writes what is not a string as JSON', () => {
    expect(renderLabels({ n: 1, b: true, list: ['x', 'y'] })).toEqual({
      text: 'n="1",b="true",list="[\\"x\\",\\"y\\"]"',
      lossy: true,
    });
  });

  it('says that halves of characters, which UTF-8 cannot write, may look the same', () => {
    expect([renderLabels({ a: '\ud800' }).lossy, renderLabels({ a: '\u{1f600}' }).lossy]).toEqual([
      true,
      false,
    ]);
  });

  it('moves an attribute out of the way of a label of the format', () => {
    expect(renderLabels({ le: 'x' }, 'le').text).toBe('exported_le="x"');
    expect(renderLabels({ le: 'x' }).text).toBe('le="x"');
  });

  it('survives values that have no JSON', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const values = attributes({ big: 10n, circular, none: undefined, nothing: null, fn: Symbol('s') });
    expect(renderLabels(values).text).toBe(
      'big="10",circular="[object Object]",none="",nothing="null",fn="Symbol(s)"',
    );
  });

  it('yields valid labels with distinct names whatever the attributes', () => {
    const values = fc.oneof(fc.string({ unit: 'binary' }), fc.anything({ withBigInt: true }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), values), fc.constantFrom('le', undefined), (raw, reserved) => {
        const names = Object.keys(parseLabels(renderLabels(attributes(raw), reserved).text));
        expect(names.filter((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name === reserved)).toEqual(
          [],
        );
      }),
    );
  });
});

describe('toLabelName()', () => {
  it.each([
    ['provider', 'provider'],
    ['gen_ai.request.model', 'gen_ai_request_model'],
    ['a--b', 'a_b'],
    ['1st', 'key_1st'],
    ['größe', 'gr_e'],
    ['', '_'],
  ])('turns %p into %p', (key, label) => {
    expect(toLabelName(key)).toBe(label);
  });
});

describe('toMetricName()', () => {
  it.each([
    ['llm_edge_requests_total', 'llm_edge_requests_total'],
    ['http.server.duration', 'http_server_duration'],
    ['9lives', '_9lives'],
    ['--', undefined],
    ['', undefined],
  ])('turns %p into %p', (name, clean) => {
    expect(toMetricName(name)).toBe(clean);
  });
});
