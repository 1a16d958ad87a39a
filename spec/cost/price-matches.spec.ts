import { compileRates } from '../../lib/cost/compiled-price.js';
import { PriceMatches } from '../../lib/cost/price-matches.js';
import { PriceTable } from '../../lib/cost/price-table.js';

describe('PriceMatches', () => {
  it('finds the prices of a name once', () => {
    const matches = new PriceMatches(new PriceTable(), new Map());

    expect(matches.get('openai', 'gpt-4o')).toBe(matches.get('openai', 'gpt-4o'));
    expect(matches.get('openai', 'gpt-4o')).not.toBe(matches.get('azure', 'gpt-4o'));
  });

  it('forgets all once there are too many names', () => {
    const matches = new PriceMatches(new PriceTable(), new Map());
    const first = matches.get('openai', 'gpt-4o');

    for (let number = 1; number < 2048; number++) matches.get(`p${number % 7}`, `m${number}`);
    expect(matches.get('openai', 'gpt-4o')).toBe(first);

    matches.get('openai', 'one too many');
    expect(matches.get('openai', 'gpt-4o')).not.toBe(first);
  });

  it('knows a model by all its names', () => {
    const matches = new PriceMatches(new PriceTable(), new Map([['prod', 'gpt-4o-2024-08-06']]));

    const { names, listed } = matches.get('Azure.AI.OpenAI', 'Prod');

    expect(names).toEqual({ providers: ['Azure.AI.OpenAI', 'azure'], models: ['Prod', 'gpt-4o-2024-08-06'] });
    expect(listed.names).toEqual({
      providers: ['Azure.AI.OpenAI', 'azure'],
      models: ['Prod', 'gpt-4o-2024-08-06', 'gpt-4o'],
    });
  });

  it('finds an override under the recorded and under the listed name of a provider', () => {
    const table = new PriceTable();
    const price = compileRates({ input: 1, output: 1 });
    table.set('google', 'my-gemini', price);
    const matches = new PriceMatches(table, new Map());

    expect(matches.get('gcp.vertex_ai', 'publishers/google/models/my-gemini').override).toBe(price);
    expect(matches.get('google', 'my-gemini').override).toBe(price);
    expect(matches.get('openai', 'my-gemini').override).toBeUndefined();
  });
});
