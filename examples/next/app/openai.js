import OpenAI from 'openai';

export const MODEL = 'gpt-4o-mini';

/** OpenAI's models or, without a key, the route `/model` of this example. The global fetch is observed already. */
export function createClient() {
  if (process.env.OPENAI_API_KEY !== undefined) return new OpenAI();
  return new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${process.env.PORT ?? 3000}/model/v1` });
}
