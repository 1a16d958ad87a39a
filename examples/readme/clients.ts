/** Stands for the servers, so that this file runs anywhere. */
const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
globalThis.fetch = async () => Response.json({ id: '1', model: 'llama-3', choices: [], usage });

// #region snippet
import Anthropic from '@anthropic-ai/sdk';
import { instrumentFetch } from 'llm-edge-monitoring/fetch';
import OpenAI from 'openai';

const fetch = instrumentFetch(globalThis.fetch, {
  hosts: { '*.gpu.internal': { provider: 'vllm' } }, // Your own servers: vLLM, Ollama, LiteLLM.
  includeStreamUsage: true, // OpenAI reports the usage of a stream only on request.
});

const openai = new OpenAI({ fetch });
const anthropic = new Anthropic({ fetch });
const vllm = new OpenAI({ fetch, baseURL: 'https://a100.gpu.internal/v1' });
// #endregion

await vllm.chat.completions.create({ model: 'llama-3', messages: [{ role: 'user', content: 'Hello' }] });

export { anthropic, openai };
