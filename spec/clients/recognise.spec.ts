import fc from 'fast-check';
import { createRecogniser, type Hosts, recognise } from '../support/parsers.js';

/** Provider, operation, format and, where the URL names it, model. */
function recognised(url: string, hosts: Hosts = {}): string | undefined {
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
  ['https://api.openai.com/v1/embeddings', 'openai, embeddings, embeddings'],
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
  [
    'https://r.cognitiveservices.azure.com/openai/deployments/e/embeddings',
    'azure, embeddings, embeddings, e',
  ],
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
  [`${GOOGLE}/v1beta/openai/embeddings`, 'google, embeddings, embeddings'],
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
  ['https://api.perplexity.ai/chat/completions', 'perplexity, chat, perplexity chat'],
  ['https://api.moonshot.ai/v1/chat/completions', 'moonshot, chat, chat'],
  ['https://api.moonshot.cn/anthropic/v1/messages', 'moonshot, chat, messages'],
  ['https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions', 'alibaba, chat, chat'],
  ['https://api.cohere.com/v2/chat', 'cohere, chat, cohere'],
  ['https://api.cohere.com/v1/chat', 'cohere, chat, cohere'],
  ['https://api.cohere.com/v1/embed', 'cohere, embeddings, cohere'],
  ['https://api.cohere.com/v1/rerank', 'cohere, rerank, rerank'],
  ['https://api.cohere.com/v2/rerank', 'cohere, rerank, rerank'],
  ['https://api.voyageai.com/v1/embeddings', 'voyageai, embeddings, embeddings'],
  ['https://api.voyageai.com/v1/multimodalembeddings', 'voyageai, embeddings, embeddings'],
  ['https://api.voyageai.com/v1/contextualizedembeddings', 'voyageai, embeddings, embeddings'],
  ['https://api.voyageai.com/v1/rerank', 'voyageai, rerank, rerank'],
  ['https://api.jina.ai/v1/embeddings', 'jina, embeddings, embeddings'],
  ['https://api.jina.ai/v1/rerank', 'jina, rerank, rerank'],
  ['https://api.together.xyz/v1/rerank', 'together, rerank, rerank'],
  ['https://ollama.com/api/chat', 'ollama, chat, ollama'],
  ['https://ollama.com/api/generate', 'ollama, text_completion, ollama'],
  ['https://ollama.com/api/embed', 'ollama, embeddings, ollama'],
  ['https://api.cohere.ai/v2/embed', 'cohere, embeddings, cohere'],
  ['https://api.cohere.com/compatibility/v1/chat/completions', 'cohere, chat, chat'],
  ['https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/chat/completions', 'bedrock, chat, chat'],
  [
    'https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/openai/v1/chat/completions',
    'bedrock, chat, chat',
  ],
  ['https://bedrock-mantle.us-east-1.api.aws/v1/chat/completions', 'bedrock, chat, chat'],
  ['https://bedrock-mantle.us-east-1.api.aws/v1/responses', 'bedrock, chat, responses'],
  ['https://bedrock-mantle.eu-west-1.api.aws/anthropic/v1/messages', 'bedrock, chat, messages'],
  [
    'https://vpce-0a1b-2c3d.bedrock-runtime.us-east-1.vpce.amazonaws.com/openai/v1/chat/completions',
    'bedrock, chat, chat',
  ],
  ['https://r.openai.azure.us/openai/deployments/d/chat/completions', 'azure, chat, chat, d'],
  ['https://r.openai.azure.cn/openai/deployments/d/embeddings', 'azure, embeddings, embeddings, d'],
  ['https://r.services.ai.azure.us/openai/v1/responses', 'azure, chat, responses'],
  ['https://r.cognitiveservices.azure.us/openai/v1/chat/completions', 'azure, chat, chat'],
  [
    'https://corp.azure-api.net/llm/openai/deployments/d/chat/completions?api-version=2024-10-21',
    'azure, chat, chat, d',
  ],
  ['https://Phi-4-abc.eastus2.models.ai.azure.com/v1/chat/completions', 'azure.ai.inference, chat, chat'],
  ['https://api.cerebras.ai/v1/chat/completions', 'cerebras, chat, chat'],
  ['https://router.huggingface.co/v1/chat/completions', 'huggingface, chat, chat'],
  ['https://router.huggingface.co/groq/openai/v1/chat/completions', 'huggingface/groq, chat, chat'],
  [
    'https://router.huggingface.co/fireworks-ai/inference/v1/chat/completions',
    'huggingface/fireworks-ai, chat, chat',
  ],
  ['https://router.huggingface.co/novita/v3/openai/chat/completions', 'huggingface/novita, chat, chat'],
  ['https://router.huggingface.co/groqlike/v1/chat/completions', 'huggingface, chat, chat'],
  ['https://x1.us-east-1.aws.endpoints.huggingface.cloud/v1/chat/completions', 'huggingface, chat, chat'],
  ['https://api.novita.ai/v3/openai/chat/completions', 'novita, chat, chat'],
  ['https://api.novita.ai/openai/v1/completions', 'novita, text_completion, chat'],
  ['https://api.novita.ai/anthropic/v1/messages', 'novita, chat, messages'],
  ['https://api.z.ai/api/paas/v4/chat/completions', 'zai, chat, chat'],
  ['https://api.z.ai/api/coding/paas/v4/chat/completions', 'zai, chat, chat'],
  ['https://api.z.ai/api/anthropic/v1/messages', 'zai, chat, messages'],
  ['https://open.bigmodel.cn/api/paas/v4/chat/completions', 'zhipuai, chat, chat'],
  ['https://open.bigmodel.cn/api/paas/v4/embeddings', 'zhipuai, embeddings, embeddings'],
  ['https://api.minimax.io/v1/chat/completions', 'minimax, chat, chat'],
  ['https://api.minimaxi.com/v1/text/chatcompletion_v2', 'minimax, chat, chat'],
  ['https://api.minimax.io/anthropic/v1/messages', 'minimax, chat, messages'],
  ['https://inference.baseten.co/v1/chat/completions', 'baseten, chat, chat'],
  [
    'https://model-abc123.api.baseten.co/environments/production/sync/v1/chat/completions',
    'baseten, chat, chat',
  ],
  ['https://api.cloudflare.com/client/v4/accounts/a1/ai/v1/chat/completions', 'cloudflare, chat, chat'],
  ['https://api.cloudflare.com/client/v4/accounts/a1/ai/v1/embeddings', 'cloudflare, embeddings, embeddings'],
  [
    'https://api.cloudflare.com/client/v4/accounts/a1/ai/run/@cf/meta/llama-3.1-8b-instruct?queueRequest=true',
    'cloudflare, chat, cloudflare, @cf/meta/llama-3.1-8b-instruct',
  ],
  ['https://oai.endpoints.kepler.ai.cloud.ovh.net/v1/chat/completions', 'ovhcloud, chat, chat'],
  [
    'https://mistral-7b-instruct-v0-3.endpoints.kepler.ai.cloud.ovh.net/api/openai_compat/v1/chat/completions',
    'ovhcloud, chat, chat',
  ],
  ['https://api.voyageai.com/v1/embeddings', 'voyageai, embeddings, embeddings'],
  ['https://integrate.api.nvidia.com/v1/chat/completions', 'nvidia, chat, chat'],
  ['https://api.sambanova.ai/v1/chat/completions', 'sambanova, chat, chat'],
  ['https://models.github.ai/inference/chat/completions', 'github-models, chat, chat'],
  ['https://models.github.ai/orgs/acme/inference/chat/completions', 'github-models, chat, chat'],
  ['https://models.github.ai/inference/embeddings', 'github-models, embeddings, embeddings'],
  ['https://models.inference.ai.azure.com/chat/completions', 'github-models, chat, chat'],
  ['https://api.business.githubcopilot.com/chat/completions', 'github-copilot, chat, chat'],
  ['https://api.githubcopilot.com/responses', 'github-copilot, chat, responses'],
  ['https://api.deepinfra.com/v1/openai/chat/completions', 'deepinfra, chat, chat'],
  ['https://api.deepinfra.com/anthropic/v1/messages', 'deepinfra, chat, messages'],
  ['https://api.tokenfactory.nebius.com/v1/chat/completions', 'nebius, chat, chat'],
  ['https://api.tokenfactory.us-central1.nebius.com/v1/chat/completions', 'nebius, chat, chat'],
  ['https://api.siliconflow.cn/v1/chat/completions', 'siliconflow, chat, chat'],
  ['https://ark.cn-beijing.volces.com/api/v3/chat/completions', 'volcengine, chat, chat'],
  ['https://ark.cn-beijing.volces.com/api/v3/responses', 'volcengine, chat, responses'],
  ['https://ark.ap-southeast.bytepluses.com/api/v3/chat/completions', 'bytedance, chat, chat'],
  ['https://api.scaleway.ai/v1/chat/completions', 'scaleway, chat, chat'],
  ['https://api.scaleway.ai/0b6a-project/v1/chat/completions', 'scaleway, chat, chat'],
  [
    'https://adb-1.2.azuredatabricks.net/serving-endpoints/my%20llama/invocations',
    'databricks, chat, chat, my llama',
  ],
  ['https://dbc-1.cloud.databricks.com/serving-endpoints/chat/completions', 'databricks, chat, chat'],
  ['https://dbc-1.cloud.databricks.com/serving-endpoints/responses', 'databricks, chat, responses'],
  [
    'https://dbc-1.cloud.databricks.com/serving-endpoints/e/served-models/m/invocations',
    'databricks, chat, chat, e',
  ],
  ['https://1.ai-gateway.cloud.databricks.com/mlflow/v1/chat/completions', 'databricks, chat, chat'],
  ['https://1.9.gcp.databricks.com/serving-endpoints/anthropic/v1/messages', 'databricks, chat, messages'],
  ['https://api.ai21.com/studio/v1/chat/completions', 'ai21, chat, chat'],
  ['https://api.jina.ai/v1/embeddings', 'jina, embeddings, embeddings'],
  ['https://deepsearch.jina.ai/v1/chat/completions', 'jina, chat, chat'],
  ['https://acme--vllm-serve.modal.run/v1/chat/completions', 'modal, chat, chat'],
  ['https://acme.snowflakecomputing.com/api/v2/cortex/v1/chat/completions', 'snowflake, chat, chat'],
  ['https://api.typesafe.ai/v1/systemone', 'typesafe, decision, media'],
  ['https://openrouter.ai/api/v1/systemone', 'openrouter, decision, media'],
  ['http://localhost:11434/v1/chat/completions', 'ollama, chat, chat'],
  ['http://127.0.0.1:1234/v1/embeddings', 'lmstudio, embeddings, embeddings'],
  ['http://127.0.0.1:1234/api/v0/chat/completions', 'lmstudio, chat, chat'],
  ['http://[::1]:8000/v1/completions', 'vllm, text_completion, chat'],
  ['http://localhost:8000/v1/responses', 'vllm, chat, responses'],
  ['http://localhost:4000/chat/completions', 'litellm, chat, chat'],
  ['http://localhost:4000/v1/messages', 'litellm, chat, messages'],
  ['http://localhost:8080/v1/chat/completions', 'llamacpp, chat, chat'],
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
  // Programs of other kinds on the ports of local servers.
  'http://localhost:8000/responses',
  'http://localhost:8080/api/surveys/7/responses',
  'http://localhost:8000/v1/surveys/7/responses',
  'http://localhost:4000/embeddings',
  'http://localhost:8080/completions',
  'http://localhost:8000/api/v1/chat/completions',
  'http://localhost:9000/v1/chat/completions',
  'http://192.168.0.2:8000/v1/chat/completions',
  'http://127.0.0.10:8000/v1/chat/completions',
  'http://localhost.example.com:8000/v1/chat/completions',
  'https://azure-api.net/v1/chat/completions',
  'https://notazure-api.net/v1/chat/completions',
  'https://bedrock-runtime.amazonaws.com/openai/v1/chat/completions',
  'https://s3.bedrock-mantle.amazonaws.com/v1/chat/completions',
  'https://bedrock-mantle.us-east-1.api.aws.example.com/v1/chat/completions',
  'https://api.cloudflare.com/client/v4/accounts/a1/d1/database/x/query',
  'https://acme.snowflakecomputing.com/api/v2/statements',
  'https://dbc-1.cloud.databricks.com/api/2.0/serving-endpoints/e/config',
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
      const hosts = { 'gateway:4001': { provider: 'litellm' } };
      expect(recognised('http://gateway:4001/v1/chat/completions', hosts)).toBe('litellm, chat, chat');
      expect(recognised('http://gateway:4001/v1/messages', hosts)).toBe('litellm, chat, messages');
      expect(recognised('http://gateway:4002/v1/messages', hosts)).toBe(undefined);
    });

    it.each([
      ['anthropic', '/v1/messages', 'own, chat, messages'],
      ['google', '/v1beta/models/m:generateContent', 'own, generate_content, gemini, m'],
      ['cohere', '/v2/chat', 'own, chat, cohere'],
      ['ollama', '/api/chat', 'own, chat, ollama'],
      ['openai', '/v1/messages', undefined],
    ] as const)('speaks the API %s', (api, path, target) => {
      expect(recognised(`http://Proxy.Example/${path}`, { 'proxy.example': { provider: 'own', api } })).toBe(
        target,
      );
    });

    it('adds the API of a provider that is known by its name', () => {
      const hosts = { 'gpu-1': { provider: 'google' }, 'gpu-2': { provider: 'cohere' } };
      const path = '/v1beta/models/m:generateContent';
      expect(recognised(`http://gpu-1${path}`, hosts)).toBe('google, generate_content, gemini, m');
      expect(recognised('http://gpu-1/v1/chat/completions', hosts)).toBe('google, chat, gemini chat');
      expect(recognised('http://gpu-2/v2/chat', hosts)).toBe('cohere, chat, cohere');
      expect(recognised('http://gpu-2/v1/messages', hosts)).toBe('cohere, chat, messages');
    });

    it.each<[string, object, string, string | undefined]>([
      ['azure', {}, '/openai/deployments/d/chat/completions', 'own, chat, chat, d'],
      ['azure', {}, '/anthropic/v1/messages', 'own, chat, messages'],
      ['vertex', {}, '/v1/p/publishers/google/models/m:generateContent', 'own, generate_content, gemini, m'],
      ['vertex', {}, '/v1/p/publishers/anthropic/models/m:rawPredict', 'own, chat, messages, m'],
      ['vertex', {}, '/v1/p/endpoints/openapi/chat/completions', 'own, chat, chat'],
      ['vertex', {}, '/v1/messages', undefined],
      ['vertex', { api: 'google' }, '/v1/p/endpoints/openapi/chat/completions', undefined],
      ['gemini', {}, '/v1beta/openai/chat/completions', 'own, chat, gemini chat'],
    ])('speaks the dialect %s %j at %s', (dialect, row, path, target) => {
      const hosts = { 'proxy.example': { provider: 'own', dialect, ...row } } as Hosts;
      expect(recognised(`https://proxy.example${path}`, hosts)).toBe(target);
    });

    it('is not limited to the shapes of local servers', () => {
      const hosts = { '127.0.0.1:8000': { provider: 'own' } };
      expect(recognised('http://localhost:8000/deep/completions', hosts)).toBe('own, text_completion, chat');
    });

    it('is never that of another server by its port', () => {
      const hosts = { 'localhost:8080': { provider: 'tgi', api: 'huggingface' } } as const;
      expect(recognised('http://127.0.0.1:8080/generate', hosts)).toBe('tgi, text_completion, hugging face');
      expect(recognised('http://127.0.0.1:8080/v1/chat/completions', hosts)).toBe(undefined);
      const ignored = { 'localhost:8080': () => undefined };
      expect(recognised('http://localhost:8080/v1/chat/completions', ignored)).toBe('llamacpp, chat, chat');
    });

    it('has every API of a known provider by its name', () => {
      const hosts = { 'localhost:8080': { provider: 'huggingface' } };
      expect(recognised('http://localhost:8080/generate', hosts)).toBe(
        'huggingface, text_completion, hugging face',
      );
      expect(recognised('http://localhost:8080/v1/chat/completions', hosts)).toBe('huggingface, chat, chat');
    });

    it('gives a known host another name and keeps what else is known of it', () => {
      const hosts = { 'r.openai.azure.com': { provider: 'azure-eu' } };
      const path = '/openai/deployments/d/chat/completions';
      expect(recognised(`https://r.openai.azure.com${path}`, hosts)).toBe('azure-eu, chat, chat, d');
      expect(recognised(`https://s.openai.azure.com${path}`, hosts)).toBe('azure, chat, chat, d');
    });
  });

  describe('with patterns of the user', () => {
    const CHAT = '/v1/chat/completions';
    const hosts: Hosts = {
      '*.corp.example': { provider: 'corp' },
      '*.eu.corp.example': { provider: 'eu' },
      'gw.eu.corp.example': { provider: 'gw' },
      '*.internal': { provider: 'internal' },
      'gpu-*.internal:8000': { provider: 'gpu' },
      '*.openai.azure.com': { provider: 'azure-all' },
      'a.*.b.*.example': { provider: 'two' },
    };

    it.each([
      ['https://a.corp.example', 'corp'],
      ['https://a.b.corp.example', 'corp'],
      ['https://A.EU.corp.example', 'eu'],
      ['https://gw.eu.corp.example', 'gw'],
      ['https://corp.example', undefined],
      ['https://acorp.example', undefined],
      ['https://a.corp.example.org', undefined],
      ['https://a.corp.example:8443', undefined],
      ['http://x.internal', 'internal'],
      ['http://y.x.internal', 'internal'],
      ['http://gpu-17.internal:8000', 'gpu'],
      ['http://gpu-17.internal:8001', undefined],
      ['https://a.1.b.2.example', 'two'],
      ['https://a.1.c.2.example', undefined],
    ])('finds the most specific one of %s', (origin, provider) => {
      expect(recognised(origin + CHAT, hosts)).toBe(provider && `${provider}, chat, chat`);
    });

    it('finds the same as one pattern after the other would', () => {
      const label = fc.constantFrom('a', 'b', 'corp', 'x-1', 'internal');
      const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
      const star = fc.constantFrom('*.', '*-', 'a*.', '*.b.*.', 'a-*.', '');
      const prefix = fc.constantFrom('', '/v1', '/v1/chat', '/v2');
      const entry = fc.record({ star, name, prefix }).map((parts) => parts.star + parts.name + parts.prefix);
      const valid = entry.filter((text) => !/\*[^.]*(?:\/|$)/.test(text));
      const urls = fc.record({ name, front: fc.constantFrom('', 'a.', 'a-2.b.c.', 'q-') });
      fc.assert(
        fc.property(fc.uniqueArray(valid, { maxLength: 8 }), urls, (entries, url) => {
          const host = url.front + url.name;
          const own = Object.fromEntries(entries.map((text) => [text, { provider: text }]));
          const found = recognised(`https://${host}${CHAT}`, own);
          expect(found).toBe(mostSpecific(entries, host) && `${mostSpecific(entries, host)}, chat, chat`);
        }),
      );
    });

    it('keeps what is known of the hosts', () => {
      const path = '/openai/deployments/d/chat/completions';
      expect(recognised(`https://r.openai.azure.com${path}`, hosts)).toBe('azure-all, chat, chat, d');
    });
  });

  describe('with paths of the user', () => {
    const hosts: Hosts = {
      'gw.example/openai': { provider: 'openai' },
      'gw.example/openai/eu': { provider: 'openai-eu' },
      'https://gw.example/claude/': { provider: 'anthropic', api: 'anthropic' },
      'api.openai.com/v1/proxy': { provider: 'proxied' },
    };

    it.each([
      ['https://gw.example/openai/v1/chat/completions', 'openai, chat, chat'],
      ['https://gw.example/openai/eu/v1/chat/completions', 'openai-eu, chat, chat'],
      ['https://gw.example/openai/europe/v1/chat/completions', 'openai, chat, chat'],
      ['https://gw.example/openai-2/v1/chat/completions', undefined],
      ['https://gw.example/claude/v1/messages', 'anthropic, chat, messages'],
      ['https://gw.example/claude/v1/chat/completions', undefined],
      ['https://gw.example/v1/chat/completions', undefined],
      ['https://api.openai.com/v1/proxy/chat/completions', 'proxied, chat, chat'],
      ['https://api.openai.com/v1/chat/completions', 'openai, chat, chat'],
    ])('finds the longest one of %s', (url, target) => {
      expect(recognised(url, hosts)).toBe(target);
    });
  });

  describe('with functions of the user', () => {
    const CHAT = 'https://gw.example/v1/chat/completions';

    it('asks them at each call, with the whole URL', () => {
      const urls: string[] = [];
      const recognise = createRecogniser({
        'gw.example': (url) => {
          urls.push(url.href);
          return { provider: url.searchParams.get('to') ?? 'none', model: `m${urls.length}` };
        },
      });
      expect([recognise(`${CHAT}?to=a`), recognise(`${CHAT}?to=b`)].map((found) => found?.target)).toEqual([
        'a, chat, chat, m1',
        'b, chat, chat, m2',
      ]);
      expect(urls).toEqual([`${CHAT}?to=a`, `${CHAT}?to=b`]);
    });

    it('takes the API and the dialect from them, and the model from the path where they name none', () => {
      const azure = () => ({ provider: 'own', dialect: 'azure' }) as const;
      const url = 'https://gw.example/openai/deployments/d/chat/completions';
      expect(recognised(url, { 'gw.example': azure })).toBe('own, chat, chat, d');
      const anthropic = () => ({ provider: 'own', api: 'anthropic' }) as const;
      expect(recognised(CHAT, { 'gw.example': anthropic })).toBe(undefined);
    });

    it('treats a host as if it had no entry where they return undefined', () => {
      const nothing = () => undefined;
      expect(recognised(CHAT, { 'gw.example': nothing })).toBe(undefined);
      expect(recognised(CHAT, { 'gw.example/v1': nothing, 'gw.example': { provider: 'gw' } })).toBe(
        'gw, chat, chat',
      );
      const url = 'https://api.openai.com/v1/chat/completions';
      expect(recognised(url, { 'api.openai.com': nothing })).toBe('openai, chat, chat');
    });

    it('counts what is no match', () => {
      const throwing = (): never => {
        throw new Error('sk-secret');
      };
      const answers: readonly unknown[] = [
        null,
        'openai',
        {},
        { provider: '' },
        { provider: 'x'.repeat(201) },
        { provider: 'a', model: 1 },
        { provider: 'a', api: 'soap' },
        { provider: 'a', dialect: 'vertex', api: 'anthropic' },
        Promise.resolve({ provider: 'a' }),
        Promise.reject(new Error('sk-secret')),
        Object.defineProperty({}, 'provider', { get: throwing }),
        new Proxy({}, { get: throwing }),
      ];
      for (const answer of answers) {
        const failed = jest.fn();
        const url = 'https://api.openai.com/v1/chat/completions';
        const hosts = { 'api.openai.com': () => answer } as Hosts;
        expect(recognise(url, hosts, failed)?.target).toBe('openai, chat, chat');
        expect(failed).toHaveBeenCalledTimes(1);
      }
    });

    it('does not call them within themselves', () => {
      const recognise: ReturnType<typeof createRecogniser> = createRecogniser({
        'gw.example': () => ({ provider: recognise(CHAT)?.target ?? 'outer' }),
      });
      expect(recognise(CHAT)?.target).toBe('outer, chat, chat');
    });
  });
});

/** The most specific entry for the chat completions of a host: an exact one, else the longest pattern. */
function mostSpecific(entries: readonly string[], host: string): string | undefined {
  const path = '/v1/chat/completions';
  const parts = entries.map((text) => ({
    text,
    name: text.replace(/\/.*/, ''),
    prefix: text.replace(/^[^/]*/, ''),
  }));
  const [best] = parts
    .filter(({ name, prefix }) => {
      const pattern = name
        .split('*')
        .map((part) => part.replaceAll('.', '\\.'))
        .join('.+');
      return (
        new RegExp(`^${pattern}$`).test(host) && `${path}/`.startsWith(prefix === '' ? '' : `${prefix}/`)
      );
    })
    .sort(
      (a, b) =>
        Number(a.name.includes('*')) - Number(b.name.includes('*')) ||
        labelsAfterStar(b.name) - labelsAfterStar(a.name) ||
        b.name.length - a.name.length ||
        b.prefix.length - a.prefix.length,
    );
  return best?.text;
}

/** Two, or one for a pattern whose domain has one label, which comes after all others. */
function labelsAfterStar(name: string): number {
  return Math.min(name.slice(name.lastIndexOf('*')).split('.').length - 1, 2);
}
