import { compileRates } from '../../lib/cost/compiled-price.js';
import { PriceTable } from '../../lib/cost/price-table.js';

const price = (input: number) => compileRates({ input });
const exact = price(1);
const short = price(2);
const long = price(3);
const anybody = price(4);

function tableOfFour(): PriceTable {
  const table = new PriceTable();
  table.set('OpenAI', 'gpt-*', short);
  table.set('openai', 'GPT-4o-*', long);
  table.set('openai', 'gpt-4o', exact);
  table.set('*', 'llama*', anybody);
  return table;
}

describe('PriceTable', () => {
  it.each([
    ['an exact name before a prefix', ['openai'], ['gpt-4o'], exact],
    ['a longer prefix before a shorter', ['openai'], ['gpt-4o-mini'], long],
    ['a shorter prefix', ['openai'], ['gpt-5'], short],
    ['an exact name of any model name before a prefix', ['openai'], ['gpt-4o-2024', 'gpt-4o'], exact],
    ['any case', ['OPENAI'], ['Gpt-4O'], exact],
    ['the price for every provider', ['vllm', 'openai'], ['llama-3'], anybody],
    ['nothing for another provider', ['azure'], ['gpt-4o'], undefined],
    ['nothing for another model', ['openai'], ['o3'], undefined],
  ])('finds %s', (_, providers, models, found) => {
    expect(tableOfFour().find(providers, models)).toBe(found);
  });

  it('keeps the last price of a name', () => {
    const table = tableOfFour();

    table.set('openai', 'gpt-*', anybody);

    expect(table.size).toBe(4);
    expect(table.find(['openai'], ['gpt-5'])).toBe(anybody);
  });
});
