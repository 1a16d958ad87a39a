import { ATTRIBUTES, billsTokens } from '../../lib/catalogue/semconv.js';
import { genAiProviderName } from '../support/provider-table.js';

describe('ATTRIBUTES', () => {
  it('has each name once, each of the conventions or below our own prefix', () => {
    const names = Object.values(ATTRIBUTES);
    expect(new Set(names).size).toBe(names.length);
    expect(
      names.filter((name) => !/^(?:gen_ai|llm_edge|server|error|exception)\.[a-z_.]+$/.test(name)),
    ).toEqual([]);
  });
});

describe('genAiProviderName()', () => {
  it.each([
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['google', 'gcp.gemini'],
    ['vertex', 'gcp.vertex_ai'],
    ['azure', 'azure.ai.openai'],
    ['bedrock', 'aws.bedrock'],
    ['mistral', 'mistral_ai'],
    ['xai', 'x_ai'],
    ['cohere', 'cohere'],
    ['my-own', 'my-own'],
    ['constructor', 'constructor'],
  ])('calls %s %s', (provider, name) => {
    expect(genAiProviderName(provider)).toBe(name);
  });
});

describe('billsTokens()', () => {
  it.each([
    ['chat', true],
    ['text_completion', true],
    ['generate_content', true],
    ['embeddings', true],
    ['count_tokens', false],
    ['image_generation', false],
  ])('says of %s: %s', (operation, expected) => {
    expect(billsTokens(operation)).toBe(expected);
  });
});
