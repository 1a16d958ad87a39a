/** Reranks and embeddings of providers that count the tokens of what they read. */

export const DOCUMENTS = ['Vegan cream', 'Bright makeup', 'Skincare with aloe'];

/** A rerank of Voyage. */
export const VOYAGE_RERANK = {
  object: 'list',
  data: [{ relevance_score: 0.4375, index: 0 }],
  model: 'rerank-2',
  usage: { total_tokens: 26 },
};

/** Embeddings of Voyage. */
export const VOYAGE_EMBEDDINGS = {
  object: 'list',
  data: [{ object: 'embedding', embedding: [0.0038915253, -0.005567946], index: 0 }],
  model: 'voyage-3.5',
  usage: { total_tokens: 10 },
};

/** Embeddings of Voyage, a list for each document. */
export const VOYAGE_CONTEXTUALIZED = {
  object: 'list',
  data: [
    {
      object: 'list',
      data: [
        { object: 'embedding', embedding: [0.0129], index: 0 },
        { object: 'embedding', embedding: [-0.0214], index: 1 },
      ],
      index: 0,
    },
  ],
  model: 'voyage-context-3',
  usage: { total_tokens: 12 },
};

/** Embeddings of texts and images of Voyage. */
export const VOYAGE_MULTIMODAL = {
  object: 'list',
  data: [{ object: 'embedding', embedding: [0.027587891, -0.021240234], index: 0 }],
  model: 'voyage-multimodal-3',
  usage: { text_tokens: 5, image_pixels: 2_000_000, total_tokens: 3_576 },
};

/** A rerank of Jina. */
export const JINA_RERANK = {
  model: 'jina-reranker-v2-base-multilingual',
  usage: { total_tokens: 815 },
  results: [{ index: 0, relevance_score: 0.8783142566680908, document: { text: 'Vegan cream' } }],
};

/** Embeddings of Jina. */
export const JINA_EMBEDDINGS = {
  model: 'jina-embeddings-v3',
  object: 'list',
  usage: { total_tokens: 6, prompt_tokens: 6 },
  data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
};

/** A rerank of Together. */
export const TOGETHER_RERANK = {
  id: 'oGs6Zt9-62bZhn-99529372487b1b0a',
  object: 'rerank',
  model: 'Salesforce/Llama-Rank-v1',
  results: [{ index: 0, relevance_score: 0.29980177813003117, document: { text: 'Vegan cream' } }],
  usage: { prompt_tokens: 1_837, completion_tokens: 0, total_tokens: 1_837 },
};

/** Embeddings of Together, which report no usage. */
export const TOGETHER_EMBEDDINGS = {
  object: 'list',
  data: [{ object: 'embedding', embedding: [0.2633975], index: 0 }],
  model: 'BAAI/bge-base-en-v1.5',
};
