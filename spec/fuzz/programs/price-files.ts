import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { resolveConfig } from '../../../lib/index.js';
import { check, trying } from '../../support/fuzz-program.js';

const field = fc.oneof(
  fc.constantFrom(
    'litellm_provider',
    'input_cost_per_token',
    'output_cost_per_token_priority',
    'input_cost_per_token_above_200k_tokens',
    'search_context_cost_per_query',
    '__proto__',
    'constructor',
  ),
  fc.nat(3_000).map((length) => `${'_above_1'.repeat(length)}k_tokens`),
  fc.string({ maxLength: 20 }),
);
const price = fc.oneof(fc.double(), fc.constantFrom(0, 1e-7, -1, 1e308, 'openai', null), fc.jsonValue());
const model = fc.oneof(
  fc.constantFrom('gpt-4o', 'azure/gpt-4o', '*', '__proto__', 'sample_spec'),
  fc.string(),
);
const entry = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(field, price, { maxKeys: 6 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const file = fc
  .array(fc.tuple(model, entry), { maxLength: 5 })
  .map((entries) => entries.map(([name, fields]) => `${JSON.stringify(name)}:${JSON.stringify(fields)}`))
  .map((members) => `{${members.join(',')}}`);

// A price file of whatever shape is taken or refused with reasons, and changes no object but its own.
await check(
  fc.asyncProperty(file, async (text) => {
    trying(text);
    const overrides = JSON.parse(text) as never;
    const result = resolveConfig({ pricing: { overrides } }, {});
    if (!result.ok) {
      equal(result.error.code, 'ERR_INVALID_CONFIG');
      ok(result.error.message.length > 0);
    }
    equal(Object.keys(Object.prototype).length, 0);
  }),
);
