/** How one API streams: what frames an answer without being any of it, and every kind of output that may come first. */
export interface StreamedOutput {
  readonly url: string;
  /** Events that come before any output, or without any. */
  readonly frames: readonly object[];
  /** Single events, each of which is the first output of its stream. */
  readonly outputs: Readonly<Record<string, object>>;
}

const choice = (delta: object): object => ({ id: 'c1', model: 'm', choices: [{ index: 0, delta }] });
const item = (type: 'added' | 'done', of: object): object => ({
  type: `response.output_item.${type}`,
  output_index: 0,
  item: of,
});
const block = (content_block: object): object => ({ type: 'content_block_start', index: 0, content_block });
const blockDelta = (delta: object): object => ({ type: 'content_block_delta', index: 0, delta });
const candidate = (of: object): object => ({ candidates: [{ index: 0, ...of }], modelVersion: 'm' });
const part = (of: object): object => candidate({ content: { role: 'model', parts: [of] } });
const cohere = (type: string, message: object): object => ({ type, index: 0, delta: { message } });
const converse = (delta: object): object => ({ contentBlockDelta: { contentBlockIndex: 0, delta } });

/** Longer than the parser holds of one event. */
const LARGE = 'x'.repeat(100_000);

export const STREAMED_OUTPUT: Readonly<Record<string, StreamedOutput>> = {
  "OpenAI's chat": {
    url: 'https://api.openai.com/v1/chat/completions',
    frames: [
      { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
      choice({ role: 'assistant' }),
      choice({ role: 'assistant', content: '', refusal: null }),
      choice({ role: 'assistant', content: null, reasoning_content: null, tool_calls: [] }),
      choice({ content: '', reasoning: '', reasoning_details: [] }),
      choice({ content: [{ type: 'text', text: '' }] }),
      choice({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { arguments: '' } }] }),
      choice({ audio: { id: 'audio_1' } }),
      { id: 'c1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { id: 'c1', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } },
    ],
    outputs: {
      text: choice({ content: 'a' }),
      'text in parts': choice({ content: [{ type: 'text', text: 'a' }] }),
      'thinking in parts': choice({
        content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'a' }] }],
      }),
      'a reference': choice({ content: [{ type: 'reference', reference_ids: [1] }] }),
      'text of a completion': { choices: [{ index: 0, text: 'a', finish_reason: null }] },
      reasoning_content: choice({ content: null, reasoning_content: 'a' }),
      reasoning: choice({ content: '', reasoning: 'a' }),
      'encrypted reasoning': choice({
        content: '',
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'a', index: 0 }],
      }),
      'a call without arguments': choice({
        tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
      }),
      'arguments of a call': choice({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }),
      'a custom call': choice({
        tool_calls: [{ index: 0, id: 'call_1', type: 'custom', custom: { name: 'f', input: '' } }],
      }),
      'a function call of old': choice({ function_call: { name: 'f', arguments: '' } }),
      'a refusal': choice({ refusal: 'a' }),
      sound: choice({ audio: { id: 'audio_1', data: 'a' } }),
      'a transcript': choice({ audio: { transcript: 'a' } }),
      'a picture': choice({ content: '', images: [{ type: 'image_url', image_url: { url: 'data:a' } }] }),
      'a large picture': choice({ content: '', images: [{ type: 'image_url', image_url: { url: LARGE } }] }),
      'a citation': choice({ annotations: [{ type: 'url_citation', url_citation: { url: 'a' } }] }),
      "a tool of the provider's": choice({
        executed_tools: [{ index: 0, type: 'python', arguments: '{}', output: null }],
      }),
    },
  },
  "OpenAI's responses": {
    url: 'https://api.openai.com/v1/responses',
    frames: [
      { type: 'response.created', response: { id: 'r1', status: 'in_progress', output: [] } },
      { type: 'response.queued', response: { id: 'r1', status: 'queued', output: [] } },
      { type: 'response.in_progress', response: { id: 'r1', status: 'in_progress', output: [] } },
      { type: 'keepalive', sequence_number: 3 },
      { type: 'response.mcp_list_tools.in_progress', item_id: 'mcpl_1', output_index: 0 },
      { type: 'response.mcp_list_tools.completed', item_id: 'mcpl_1', output_index: 0 },
      item('done', { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 's', tools: [{ name: 'f' }] }),
      item('added', { type: 'message', id: 'm1', role: 'assistant', status: 'in_progress', content: [] }),
      item('added', { type: 'reasoning', id: 'rs_1', summary: [] }),
      { type: 'response.content_part.added', part: { type: 'output_text', text: '', annotations: [] } },
      { type: 'response.reasoning_summary_part.added', part: { type: 'summary_text', text: '' } },
      { type: 'response.output_text.delta', delta: '' },
      { type: 'response.completed', response: { id: 'r1', status: 'completed', output: [], usage: {} } },
    ],
    outputs: {
      text: { type: 'response.output_text.delta', delta: 'a' },
      'text at once': { type: 'response.output_text.done', text: 'a' },
      'a refusal': { type: 'response.refusal.delta', delta: 'a' },
      reasoning: { type: 'response.reasoning_text.delta', delta: 'a' },
      'a summary of reasoning': { type: 'response.reasoning_summary_text.delta', delta: 'a' },
      'encrypted reasoning': item('done', { type: 'reasoning', summary: [], encrypted_content: 'a' }),
      'a call without arguments': item('added', {
        type: 'function_call',
        call_id: 'call_1',
        name: 'f',
        arguments: '',
      }),
      'arguments of a call': { type: 'response.function_call_arguments.delta', delta: '{' },
      'a custom call': { type: 'response.custom_tool_call_input.delta', delta: 'a' },
      'a request for approval': item('added', {
        type: 'mcp_approval_request',
        id: 'mcpr_1',
        server_label: 's',
        name: 'f',
        arguments: '{}',
      }),
      'a request for approval at its end': item('done', { type: 'mcp_approval_request', id: 'mcpr_1' }),
      'a call to an MCP server': item('added', { type: 'mcp_call', id: 'mcp_1', name: 'f', arguments: '' }),
      'a web search': { type: 'response.web_search_call.in_progress', item_id: 'ws_1', output_index: 0 },
      'a web search as an item': item('added', {
        type: 'web_search_call',
        id: 'ws_1',
        status: 'in_progress',
      }),
      'a file search': { type: 'response.file_search_call.searching', item_id: 'fs_1', output_index: 0 },
      'the code interpreter': { type: 'response.code_interpreter_call.in_progress', item_id: 'ci_1' },
      'code of the code interpreter': { type: 'response.code_interpreter_call_code.delta', delta: 'a' },
      'a computer': item('added', { type: 'computer_call', id: 'cu_1', status: 'in_progress' }),
      'a shell': item('added', { type: 'local_shell_call', id: 'ls_1', status: 'in_progress' }),
      'a picture that is begun': { type: 'response.image_generation_call.generating', item_id: 'ig_1' },
      'a large picture': {
        type: 'response.image_generation_call.partial_image',
        partial_image_b64: LARGE,
      },
      sound: { type: 'response.audio.delta', delta: 'a' },
      'a citation': {
        type: 'response.output_text.annotation.added',
        annotation: { type: 'url_citation', url: 'a' },
      },
      'large text': { type: 'response.output_text.delta', delta: LARGE },
      'all of it at once': {
        type: 'response.completed',
        response: {
          status: 'completed',
          output: [{ type: 'message', content: [{ type: 'output_text', text: 'a' }] }],
        },
      },
      'all of it at once, and large': {
        type: 'response.completed',
        response: {
          status: 'completed',
          output: [{ type: 'message', content: [{ type: 'output_text', text: LARGE }] }],
        },
      },
    },
  },
  "OpenAI's transcriptions": {
    url: 'https://api.openai.com/v1/audio/transcriptions',
    frames: [{ type: 'transcript.text.delta', delta: '' }],
    outputs: {
      text: { type: 'transcript.text.delta', delta: 'a' },
      'a segment': { type: 'transcript.text.segment', text: 'a', speaker: 'A' },
    },
  },
  "OpenAI's speech": {
    url: 'https://api.openai.com/v1/audio/speech',
    frames: [{ type: 'speech.audio.done', usage: { input_tokens: 1, output_tokens: 1 } }],
    outputs: { sound: { type: 'speech.audio.delta', audio: 'a' } },
  },
  "OpenAI's images": {
    url: 'https://api.openai.com/v1/images/generations',
    frames: [{ type: 'keepalive' }],
    outputs: {
      'a part': { type: 'image_generation.partial_image', b64_json: 'a', partial_image_index: 0 },
      'a large whole': { type: 'image_generation.completed', b64_json: LARGE },
    },
  },
  Anthropic: {
    url: 'https://api.anthropic.com/v1/messages',
    frames: [
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          role: 'assistant',
          content: [],
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      },
      { type: 'ping' },
      block({ type: 'fallback', from: { model: 'a' }, to: { model: 'b' } }),
      block({ type: 'mcp_tool_listing', mcp_server_name: 's', tools: [{ name: 'f' }] }),
      block({ type: 'text', text: '' }),
      block({ type: 'thinking', thinking: '', signature: '' }),
      block({ type: 'compaction', content: null }),
      blockDelta({ type: 'text_delta', text: '' }),
      blockDelta({ type: 'signature_delta', signature: 'a' }),
      blockDelta({ type: 'input_json_delta', partial_json: '' }),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: {} },
      { type: 'message_stop' },
    ],
    outputs: {
      text: blockDelta({ type: 'text_delta', text: 'a' }),
      thinking: blockDelta({ type: 'thinking_delta', thinking: 'a' }),
      'redacted thinking': block({ type: 'redacted_thinking', data: 'a' }),
      'a tool without input': block({ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }),
      'input of a tool': blockDelta({ type: 'input_json_delta', partial_json: '{' }),
      'a tool of the server': block({ type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }),
      'what a tool of the server found': block({
        type: 'web_search_tool_result',
        tool_use_id: 's1',
        content: [],
      }),
      'what code printed': block({
        type: 'bash_code_execution_tool_result',
        tool_use_id: 's1',
        content: { type: 'bash_code_execution_result', stdout: 'a', stderr: '', return_code: 0 },
      }),
      'a tool of an MCP server': block({ type: 'mcp_tool_use', id: 'm1', name: 'f', server_name: 's' }),
      'a citation': blockDelta({
        type: 'citations_delta',
        citation: { type: 'page_location', cited_text: 'a' },
      }),
      'a compaction': blockDelta({ type: 'compaction_delta', content: 'a' }),
      'a large result': block({ type: 'web_fetch_tool_result', tool_use_id: 's1', content: { url: LARGE } }),
    },
  },
  Google: {
    url: 'https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse',
    frames: [
      { usageMetadata: { promptTokenCount: 1 }, modelVersion: 'm', responseId: 'r1' },
      candidate({ content: { role: 'model' } }),
      candidate({ groundingMetadata: {}, citationMetadata: { citationSources: [] } }),
      part({ text: '' }),
      part({ text: '', thoughtSignature: 'a' }),
      candidate({ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP' }),
    ],
    outputs: {
      text: part({ text: 'a' }),
      thinking: part({ text: 'a', thought: true }),
      'a call': part({ functionCall: { name: 'f', args: {} } }),
      code: part({ executableCode: { language: 'PYTHON', code: 'a' } }),
      'what code printed': part({ codeExecutionResult: { outcome: 'OUTCOME_OK', output: 'a' } }),
      'a tool of the server': part({ toolCall: { toolType: 'GOOGLE_SEARCH_WEB', args: {} } }),
      'a picture or sound': part({ inlineData: { mimeType: 'image/png', data: 'a' } }),
      'a large picture': part({ inlineData: { mimeType: 'image/png', data: LARGE } }),
      'a file': part({ fileData: { mimeType: 'video/mp4', fileUri: 'a' } }),
      'a citation': candidate({ citationMetadata: { citationSources: [{ uri: 'a' }] } }),
      'what a search found': candidate({ groundingMetadata: { groundingChunks: [{ web: { uri: 'a' } }] } }),
    },
  },
  Cohere: {
    url: 'https://api.cohere.com/v2/chat',
    frames: [
      cohere('message-start', {
        role: 'assistant',
        content: [],
        tool_plan: '',
        tool_calls: [],
        citations: [],
      }),
      cohere('content-start', { content: { type: 'text', text: '' } }),
      cohere('content-delta', { content: { text: '' } }),
      { type: 'content-end', index: 0 },
      { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: {} } },
    ],
    outputs: {
      text: cohere('content-delta', { content: { text: 'a' } }),
      thinking: cohere('content-delta', { content: { thinking: 'a' } }),
      'a plan': cohere('tool-plan-delta', { tool_plan: 'a' }),
      'a call without arguments': cohere('tool-call-start', {
        tool_calls: { id: 'f_1', type: 'function', function: { name: 'f', arguments: '' } },
      }),
      'arguments of a call': cohere('tool-call-delta', { tool_calls: { function: { arguments: '{' } } }),
      'a citation': cohere('citation-start', { citations: { start: 0, end: 1, text: 'a', sources: [] } }),
      'large text': cohere('content-delta', { content: { text: LARGE } }),
    },
  },
};

/** What `ConverseStream` of Bedrock hands out. */
export const CONVERSE_OUTPUT: Omit<StreamedOutput, 'url'> = {
  frames: [
    { messageStart: { role: 'assistant' } },
    { contentBlockStart: { contentBlockIndex: 0, start: {} } },
    { contentBlockStart: { contentBlockIndex: 0, start: { image: { format: 'png' } } } },
    converse({ text: '' }),
    converse({ reasoningContent: { signature: 'a' } }),
    converse({ toolUse: { input: '' } }),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: 'end_turn' } },
    { metadata: { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } } },
  ],
  outputs: {
    text: converse({ text: 'a' }),
    reasoning: converse({ reasoningContent: { text: 'a' } }),
    'redacted reasoning': converse({ reasoningContent: { redactedContent: Buffer.from('a') } }),
    'a tool without input': {
      contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't1', name: 'f' } } },
    },
    'input of a tool': converse({ toolUse: { input: '{' } }),
    'a result of a tool': converse({ toolResult: [{ text: 'a' }] }),
    'a citation': converse({ citation: { title: 'a', location: {} } }),
    'a picture': converse({ image: { source: { bytes: Buffer.from('a') } } }),
  },
};

/** What models stream of their own through `InvokeModelWithResponseStream` of Bedrock. */
export const INVOKED_OUTPUT: Omit<StreamedOutput, 'url'> = {
  frames: [
    { type: 'message_start', message: { role: 'assistant', content: [], usage: { input_tokens: 1 } } },
    { generation: '', prompt_token_count: 1, generation_token_count: 0, stop_reason: null },
    { outputText: '', index: 0 },
    { outputs: [{ text: '', stop_reason: null }] },
    { event_type: 'stream-start', is_finished: false },
    choice({ role: 'assistant', content: '' }),
    { 'amazon-bedrock-invocationMetrics': { inputTokenCount: 1, outputTokenCount: 1 } },
  ],
  outputs: {
    "Anthropic's text": blockDelta({ type: 'text_delta', text: 'a' }),
    "Anthropic's tool": block({ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }),
    "Anthropic's completion": { type: 'completion', completion: 'a', stop_reason: null },
    "OpenAI's call": choice({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] }),
    "Nova's tool": { contentBlockStart: { start: { toolUse: { toolUseId: 't1', name: 'f' } } } },
    "Llama's text": { generation: 'a', prompt_token_count: 1, generation_token_count: 1 },
    "Titan's text": { outputText: 'a', index: 0 },
    "Mistral's text": { outputs: [{ text: 'a', stop_reason: null }] },
    "Cohere's text": { event_type: 'text-generation', text: 'a', is_finished: false },
  },
};
