import { type HostOptions, recognise } from '../support/parsers.js';

/** Provider, operation, format and, where the URL names it, model. */
function recognised(url: string, hosts: Readonly<Record<string, HostOptions>> = {}): string | undefined {
  return recognise(url, hosts)?.target;
}

const GOOGLE = 'https://generativelanguage.googleapis.com';
const PROJECT = 'projects/p/locations/us-east5';
const VERTEX = `https://us-east5-aiplatform.googleapis.com/v1/${PROJECT}`;

const URLS: readonly (readonly [url: string, target: string])[] = [
  ['https://api.openai.com/v1/chat/completions', 'openai, chat, chat'],
  ['https://api.openai.com/v1/responses', 'openai, chat, responses'],
  ['https://api.openai.com/v1/responses/compact', 'openai, chat, responses'],
  ['https://api.openai.com/v1/responses/resp_1', 'openai, chat, responses'],
  ['https://api.openai.com/v1/responses/resp_1/cancel', 'openai, chat, responses'],
  ['https://api.openai.com/v1/threads/runs', 'openai, chat, run'],
  ['https://api.openai.com/v1/threads/thread_1/runs', 'openai, chat, run'],
  ['https://api.openai.com/v1/threads/thread_1/runs/run_1', 'openai, chat, run'],
  ['https://api.openai.com/v1/threads/thread_1/runs/run_1/submit_tool_outputs', 'openai, chat, run'],
  ['https://api.openai.com/v1/files/file-1/content', 'openai, chat, batch'],
  ['https://api.openai.com/v1/moderations', 'openai, moderation, moderation'],
  ['https://api.anthropic.com/v1/messages/batches/msgbatch_1/results', 'anthropic, chat, messages batch'],
  ['https://api.mistral.ai/v1/agents/completions', 'mistral, chat, chat'],
  ['https://api.mistral.ai/v1/conversations#stream', 'mistral, chat, conversation'],
  ['https://api.mistral.ai/v1/conversations/conv_1', 'mistral, chat, conversation'],
  ['https://api.mistral.ai/v1/conversations/conv_1/restart', 'mistral, chat, conversation'],
  ['https://api.mistral.ai/v1/ocr', 'mistral, ocr, ocr'],
  ['https://api.mistral.ai/v1/chat/moderations', 'mistral, moderation, moderation'],
  ['https://api.replicate.com/v1/predictions', 'replicate, prediction, prediction'],
  ['https://api.replicate.com/v1/predictions/p1', 'replicate, prediction, prediction'],
  ['https://api.replicate.com/v1/deployments/me/mine/predictions', 'replicate, prediction, prediction'],
  [
    'https://api.replicate.com/v1/models/meta/llama-4/predictions',
    'replicate, prediction, prediction, meta/llama-4',
  ],
  ['https://router.huggingface.co/v1/chat/completions', 'huggingface, chat, chat'],
  [
    'https://router.huggingface.co/hf-inference/models/BAAI/bge-m3/pipeline/feature-extraction',
    'huggingface, embeddings, hugging face, BAAI/bge-m3',
  ],
  [
    'https://router.huggingface.co/hf-inference/models/google/vit',
    'huggingface, prediction, hugging face, google/vit',
  ],
  ['https://x.eu.endpoints.huggingface.cloud/generate_stream', 'huggingface, text_completion, hugging face'],
  ['https://api.openai.com/v1/completions', 'openai, text_completion, chat'],
  ['https://api.openai.com/v1/embeddings', 'openai, embeddings, media'],
  ['https://api.openai.com/v1/images/generations', 'openai, image_generation, images'],
  ['https://api.openai.com/v1/images/edits', 'openai, image_generation, images'],
  ['https://api.openai.com/v1/audio/speech', 'openai, speech, speech'],
  ['https://api.openai.com/v1/audio/transcriptions', 'openai, transcription, transcription'],
  ['https://api.openai.com/v1/audio/translations', 'openai, transcription, transcription'],
  ['https://eu.api.openai.com/v1/chat/completions', 'openai, chat, chat'],
  ['HTTPS://user:key@API.OpenAI.com:443/v1/chat/completions/?a=/b#c', 'openai, chat, chat'],
  [
    'https://r.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    'azure, chat, chat, my gpt',
  ],
  ['https://r.openai.azure.com/openai/v1/responses', 'azure, chat, responses'],
  ['https://r.services.ai.azure.com/models/chat/completions', 'azure, chat, chat'],
  ['https://r.services.ai.azure.com/anthropic/v1/messages', 'azure, chat, messages'],
  ['https://r.cognitiveservices.azure.com/openai/deployments/e/embeddings', 'azure, embeddings, media, e'],
  ['https://api.anthropic.com/v1/messages?beta=true', 'anthropic, chat, messages'],
  ['https://api.anthropic.com/v1/messages/count_tokens', 'anthropic, count_tokens, count'],
  ['https://api.anthropic.com/v1/chat/completions', 'anthropic, chat, chat'],
  [
    `${GOOGLE}/v1beta/models/gemini-2.5-pro:generateContent`,
    'google, generate_content, gemini, gemini-2.5-pro',
  ],
  [
    `${GOOGLE}/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse`,
    'google, generate_content, gemini, gemini-2.5-pro',
  ],
  [
    `${GOOGLE}/v1/models/text-embedding-004:embedContent`,
    'google, embeddings, google embeddings, text-embedding-004',
  ],
  [
    `${GOOGLE}/v1/models/text-embedding-004:batchEmbedContents`,
    'google, embeddings, google embeddings, text-embedding-004',
  ],
  [`${GOOGLE}/v1beta/tunedModels/mine:generateContent`, 'google, generate_content, gemini, tunedModels/mine'],
  [`${GOOGLE}/v1beta/openai/chat/completions`, 'google, chat, gemini chat'],
  [`${GOOGLE}/v1beta/openai/embeddings`, 'google, embeddings, media'],
  [
    `${VERTEX}/publishers/google/models/gemini-2.5-pro:streamGenerateContent`,
    'vertex, generate_content, gemini, gemini-2.5-pro',
  ],
  [
    `https://aiplatform.googleapis.com/v1/${PROJECT}/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`,
    'vertex, chat, messages, claude-sonnet-4-5@20250929',
  ],
  [
    `${VERTEX}/publishers/anthropic/models/claude-opus-4-1:streamRawPredict`,
    'vertex, chat, messages, claude-opus-4-1',
  ],
  [`${VERTEX}/publishers/anthropic/models/count-tokens:rawPredict`, 'vertex, count_tokens, count'],
  [
    `${VERTEX}/publishers/mistralai/models/mistral-large-2411:streamRawPredict`,
    'vertex, chat, chat, mistral-large-2411',
  ],
  [
    `${VERTEX}/publishers/google/models/text-embedding-005:predict`,
    'vertex, embeddings, google embeddings, text-embedding-005',
  ],
  [
    `https://aiplatform.us.rep.googleapis.com/v1/${PROJECT}/publishers/google/models/gemini-2.5-pro:generateContent`,
    'vertex, generate_content, gemini, gemini-2.5-pro',
  ],
  [`${VERTEX}/endpoints/987:generateContent`, 'vertex, generate_content, gemini, endpoints/987'],
  [`${VERTEX}/endpoints/openapi/chat/completions`, 'vertex, chat, chat'],
  ['https://api.mistral.ai/v1/chat/completions', 'mistral, chat, chat'],
  ['https://codestral.mistral.ai/v1/fim/completions', 'mistral, text_completion, chat'],
  ['https://api.groq.com/openai/v1/chat/completions', 'groq, chat, chat'],
  ['https://api.groq.com/openai/v1/audio/transcriptions', 'groq, transcription, transcription'],
  ['https://api.deepseek.com/chat/completions', 'deepseek, chat, chat'],
  ['https://api.deepseek.com/anthropic/v1/messages', 'deepseek, chat, messages'],
  ['https://api.x.ai/v1/chat/completions', 'xai, chat, chat'],
  ['https://us-east-1.api.x.ai/v1/responses', 'xai, chat, responses'],
  ['https://api.together.xyz/v1/chat/completions', 'together, chat, chat'],
  ['https://api.fireworks.ai/inference/v1/chat/completions', 'fireworks, chat, chat'],
  ['https://openrouter.ai/api/v1/chat/completions', 'openrouter, chat, chat'],
  ['https://api.perplexity.ai/chat/completions', 'perplexity, chat, chat'],
  ['https://api.moonshot.ai/v1/chat/completions', 'moonshot, chat, chat'],
  ['https://api.moonshot.cn/anthropic/v1/messages', 'moonshot, chat, messages'],
  ['https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions', 'alibaba, chat, chat'],
  ['https://api.cohere.com/v2/chat', 'cohere, chat, cohere'],
  ['https://api.cohere.ai/v2/embed', 'cohere, embeddings, cohere'],
  ['https://api.cohere.com/compatibility/v1/chat/completions', 'cohere, chat, chat'],
  ['https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/chat/completions', 'bedrock, chat, chat'],
];

const STRANGERS = [
  '',
  '/v1/chat/completions',
  'about:blank',
  'https://api.openai.com',
  'https://api.openai.com/v1/models',
  'https://api.openai.com/v1/files?next=/chat/completions',
  'https://api.openai.com/v1/responses/resp_1/input_items',
  'https://api.openai.com/v1/threads/thread_1/runs/run_1/steps',
  'https://api.mistral.ai/v1/conversations/conv_1/history',
  'https://api.openai.com.example.com/v1/chat/completions',
  'https://notapi.openai.com/v1/chat/completions',
  'https://example.com/https://api.openai.com/v1/chat/completions',
  'https://api.openai.com:8443/v1/chat/completions',
  'https://api.openai.com@example.com/v1/chat/completions',
  'https://api.anthropic.com/v1/messages/batches',
  `${GOOGLE}/v1beta/models/gemini-2.5-pro:countTokens`,
  `${GOOGLE}/v1beta/models/imagen-4.0-generate-001:predict`,
  `${VERTEX}/publishers/anthropic/models/claude-opus-4-1:toString`,
  `${VERTEX}/publishers/constructor/models/x:rawPredict`,
  'https://storage.googleapis.com/bucket/v1/chat/completions',
  'https://s3.amazonaws.com/v1/chat/completions',
  'https://api.cohere.com/v1/chat',
  'http://localhost:8000/v1/chat/completions',
];

describe('a URL', () => {
  it.each(URLS)('knows %s', (url, target) => {
    expect(recognised(url)).toBe(target);
  });

  it.each(STRANGERS)('leaves %s alone', (url) => {
    expect(recognised(url)).toBe(undefined);
  });

  describe('with the server', () => {
    it.each([
      ['https://api.openai.com/v1/embeddings', 'api.openai.com', 443],
      ['http://LOCALHOST:8000/v1/embeddings', 'localhost', 8000],
      ['http://ollama/v1/embeddings', 'ollama', 80],
    ])('takes it from %s', (url, serverAddress, serverPort) => {
      const hosts = { 'localhost:8000': { provider: 'vllm' }, ollama: { provider: 'ollama' } };
      expect(recognise(url, hosts)).toMatchObject({ serverAddress, serverPort });
    });
  });

  describe('with stream options', () => {
    it.each([
      ['https://api.openai.com/v1/chat/completions', true],
      ['https://api.openai.com/v1/responses', undefined],
      ['https://api.mistral.ai/v1/chat/completions', undefined],
      ['http://localhost:8000/v1/chat/completions', true],
    ])('says whether %s takes them', (url, hasStreamOptions) => {
      const target = recognise(url, { 'localhost:8000': { provider: 'vllm' } });
      expect(target?.hasStreamOptions).toBe(hasStreamOptions);
    });
  });

  describe('with hosts of the user', () => {
    it('takes them for OpenAI and Anthropic unless told otherwise', () => {
      const hosts = { 'localhost:4000': { provider: 'litellm' } };
      expect(recognised('http://localhost:4000/v1/chat/completions', hosts)).toBe('litellm, chat, chat');
      expect(recognised('http://localhost:4000/v1/messages', hosts)).toBe('litellm, chat, messages');
      expect(recognised('http://localhost:4001/v1/messages', hosts)).toBe(undefined);
    });

    it.each([
      ['anthropic', '/v1/messages', 'own, chat, messages'],
      ['google', '/v1beta/models/m:generateContent', 'own, generate_content, gemini, m'],
      ['cohere', '/v2/chat', 'own, chat, cohere'],
      ['openai', '/v1/messages', undefined],
    ] as const)('speaks the API %s', (api, path, target) => {
      expect(recognised(`http://Proxy.Example/${path}`, { 'proxy.example': { provider: 'own', api } })).toBe(
        target,
      );
    });

    it('accepts a URL as the name of a host', () => {
      const hosts = { 'http://vLLM.local:8000/v1': { provider: 'vllm' } };
      expect(recognised('http://vllm.local:8000/v1/completions', hosts)).toBe('vllm, text_completion, chat');
    });

    it('gives a known host another name and keeps what else is known of it', () => {
      const hosts = { 'r.openai.azure.com': { provider: 'azure-eu' } };
      const path = '/openai/deployments/d/chat/completions';
      expect(recognised(`https://r.openai.azure.com${path}`, hosts)).toBe('azure-eu, chat, chat, d');
      expect(recognised(`https://s.openai.azure.com${path}`, hosts)).toBe('azure, chat, chat, d');
    });
  });
});
