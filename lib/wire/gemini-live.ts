import { geminiUsage } from './google.js';
import { isObject, type JsonObject, object, objects, text } from './json.js';
import { type CreateSession, headOf, type MessageData, type SessionRequest } from './realtime-session.js';
import { type Answer, addResponse, hasOutputIn, setFinishReasons } from './wire-format.js';

/** The beginning of a message with audio or video of the user, which are most of those that are sent. */
const SENT_MEDIA = /^\s*\{\s*"realtime_?[iI]nput"\s*:\s*\{\s*"(?:audio|video|media_?[cC]hunks)"/;

/**
 * The beginning of a message with output of the model, and names that make it one to read. A search for a text that
 * begins with a quote passes over encoded audio at the speed of memory.
 */
const RECEIVED_OUTPUT = /^\s*\{\s*"serverContent"\s*:\s*\{\s*"modelTurn"/;
const MARKS = ['"usageMetadata"', '"turnComplete"', '"interrupted"'] as const;

const PART_FIELDS = { text: true, inlineData: { mimeType: true }, functionCall: { name: true } } as const;
const OUTPUT = ['text', 'inlineData', 'functionCall', 'executableCode', 'codeExecutionResult'] as const;

const SENT_FIELDS = {
  setup: { model: true },
  clientContent: { turnComplete: true, turn_complete: true },
  client_content: { turnComplete: true, turn_complete: true },
  toolResponse: true,
  tool_response: true,
  realtimeInput: { text: true, activityEnd: true },
  realtime_input: { text: true, activity_end: true },
} as const;

const RECEIVED_FIELDS = {
  usageMetadata: true,
  toolCall: { functionCalls: { name: true } },
  serverContent: {
    modelTurn: {
      parts: { ...PART_FIELDS, executableCode: { language: true }, codeExecutionResult: { outcome: true } },
    },
    outputTranscription: { text: true },
    turnComplete: true,
    turnCompleteReason: true,
    interrupted: true,
  },
} as const;

/**
 * Reads Gemini's Live API, on the Gemini API and on Vertex AI. Each turn of the model is a request: from the message
 * that asks for it, or from its first output if the user has spoken, to the end of the turn, with the calls of tools
 * within. Messages of both naming styles are accepted from the client, as the server accepts them.
 *
 * @see https://ai.google.dev/api/live
 */
export const createGeminiSession: CreateSession = (_query, requests) => {
  let model: string | undefined;
  let turn: SessionRequest | undefined;
  let isInterrupted = false;

  const begin = (): SessionRequest | undefined => {
    turn ??= requests.start(model);
    return turn;
  };

  return {
    sent: {
      fields: SENT_FIELDS,
      isRead: (data) => !SENT_MEDIA.test(headOf(data)),
      read(message) {
        const named = text(object(message['setup'])['model']);
        if (named !== undefined) model = named.slice(named.lastIndexOf('/') + 1);
        if (asks(message)) begin();
      },
    },
    received: {
      fields: RECEIVED_FIELDS,
      isRead: (data) => turn?.hasOutput !== true || !isOutputAlone(data),
      read(message) {
        const content = object(message['serverContent']);
        const isOutput =
          hasTurnOutput(content) || objects(object(message['toolCall'])['functionCalls']).length > 0;
        const request = isOutput ? begin() : turn;
        if (content['interrupted'] === true) isInterrupted = true;
        if (request === undefined) return;
        const isOver = content['turnComplete'] === true;
        request.read((answer) => {
          if (isOutput) answer.events += 1;
          answer.generated ||= isOutput;
          readUsage(message['usageMetadata'], answer);
          if (!isOver) return;
          setFinishReasons(answer, text(content['turnCompleteReason']));
          // The user has spoken while the model did.
          if (isInterrupted) answer.error = { code: 'cancelled' };
          answer.closed = true;
        });
        if (!isOver) return;
        turn = undefined;
        isInterrupted = false;
      },
    },
  };
};

/** Whether a message has output and nothing else to read. */
function isOutputAlone(data: MessageData): boolean {
  return RECEIVED_OUTPUT.test(headOf(data)) && !MARKS.some((mark) => data.includes(mark));
}

function hasTurnOutput(content: JsonObject): boolean {
  const parts = objects(object(content['modelTurn'])['parts']);
  return parts.some((part) => hasOutputIn(part, OUTPUT)) || hasOutputIn(content, ['outputTranscription']);
}

/** Whether a message of the client makes the model answer. */
function asks(message: JsonObject): boolean {
  const content = message['clientContent'] ?? message['client_content'];
  if (isObject(content)) return (content['turnComplete'] ?? content['turn_complete']) === true;
  const input = object(message['realtimeInput'] ?? message['realtime_input']);
  return (
    isObject(message['toolResponse'] ?? message['tool_response']) ||
    isObject(input['activityEnd'] ?? input['activity_end']) ||
    text(input['text']) !== undefined
  );
}

function readUsage(usage: unknown, answer: Answer): void {
  if (!isObject(usage)) return;
  // A turn may report a running usage.
  answer.usage = geminiUsage(usage) ?? answer.usage;
  addResponse(answer, { serviceTier: text(usage['serviceTier']) ?? text(usage['trafficType']) });
}
