import { failure, type JsonObject, object, text } from './json.js';
import { openAiUsage } from './openai.js';
import { type CreateSession, headOf, type MessageData, type SessionRequest } from './realtime-session.js';
import { type Answer, addResponse, hasOutputIn, setFinishReasons } from './wire-format.js';

/** The type of an event, which its senders write first or after its identifier. */
const TYPE = /^\s*\{\s*(?:"event_id"\s*:\s*"[^"\\]*"\s*,\s*)?"type"\s*:\s*"([\w.]+)"/;

/** Events with output; only the first one of each answer is read. */
const OUTPUT_EVENT = /^response\.(?:\w+\.delta|output_item\.added)$|_transcription\.delta$/;

const OUTPUT = ['delta', 'item'] as const;

const TRANSCRIPTION = 'conversation.item.input_audio_transcription';

const RECEIVED_FIELDS = {
  type: true,
  error: true,
  session: {
    model: true,
    audio: { input: { transcription: { model: true } } },
    input_audio_transcription: { model: true },
  },
  response: { id: true, status: true, status_details: true, usage: true },
  response_id: true,
  item_id: true,
  usage: true,
  delta: true,
  item: { type: true, name: true, content: true },
} as const;

/** A `response.create` that was sent and that has no response yet. */
interface Asked {
  readonly eventId: string | undefined;
  readonly request: SessionRequest;
}

type Handler = (event: JsonObject) => void;

/**
 * Reads OpenAI's Realtime API. Each response is a request, from the `response.create` that asks for it, or from its
 * beginning if the server makes it by itself because the user has stopped speaking. Each transcription of audio that
 * was sent is a request to the model that transcribes.
 *
 * @see https://platform.openai.com/docs/api-reference/realtime
 */
export const createOpenAiSession: CreateSession = (query, requests) => {
  /** The model that is asked for, by its name or by that of a deployment, and the one that the session says it has. */
  const asks = text(query.get('model')) ?? text(query.get('deployment'));
  let model: string | undefined;
  let transcriptionModel: string | undefined;
  const asked: Asked[] = [];
  /** By the identifier of a response, or of an item that is transcribed. */
  const open = new Map<string, SessionRequest>();

  const configure = ({ session }: JsonObject): void => {
    const { model: name, audio, input_audio_transcription: earlier } = object(session);
    const transcription = object(object(object(audio)['input'])['transcription'] ?? earlier);
    model = text(name) ?? model;
    transcriptionModel = text(transcription['model']);
  };
  const start = (): SessionRequest | undefined => requests.start(asks ?? model);
  const begin = (id: string | undefined, startOne: () => SessionRequest | undefined): void => {
    // A beginning that is repeated would leave the first one open.
    if (id !== undefined && open.has(id)) return;
    const request = startOne();
    if (id === undefined || request === undefined) return;
    open.set(id, request);
    request.read((answer) => addResponse(answer, { id }));
  };
  const end = (
    id: string | undefined,
    read: (answer: Answer) => void,
    late: Handler,
    event: JsonObject,
  ): void => {
    // What began before the socket was observed is counted all the same.
    if (!open.has(id ?? '')) late(event);
    open.get(id ?? '')?.read((answer) => {
      read(answer);
      answer.closed = true;
    });
    open.delete(id ?? '');
  };
  const beginResponse: Handler = ({ response }) =>
    begin(text(object(response)['id']), () => asked.shift()?.request ?? start());
  const beginTranscription: Handler = ({ item_id: id }) =>
    begin(text(id), () => requests.start(transcriptionModel, 'transcription'));
  const endTranscription: Handler = (event) =>
    end(text(event['item_id']), (answer) => readTranscription(event, answer), beginTranscription, event);

  const handlers: Readonly<Record<string, Handler>> = Object.assign(Object.create(null), {
    'session.created': configure,
    'session.updated': configure,
    'transcription_session.updated': configure,
    'response.created': beginResponse,
    'response.done': (event) => {
      const response = object(event['response']);
      end(text(response['id']), (answer) => readResponse(response, model, answer), beginResponse, event);
    },
    'input_audio_buffer.committed': (event) => {
      if (transcriptionModel !== undefined) beginTranscription(event);
    },
    [`${TRANSCRIPTION}.completed`]: endTranscription,
    [`${TRANSCRIPTION}.failed`]: endTranscription,
    error: (event) => {
      const error = object(event['error']);
      const eventId = text(error['event_id']);
      // The session goes on. An error names the event that it belongs to, if that has an identifier.
      const at = asked.findIndex((one) => one.eventId === eventId);
      if (at === -1) return;
      asked.splice(at, 1)[0]?.request.read((answer) => {
        answer.error = error;
      });
    },
  } satisfies Record<string, Handler>);

  return {
    sent: {
      fields: { type: true, event_id: true },
      isRead: (data) => (typeOf(data) ?? 'response.create') === 'response.create',
      read(event) {
        if (event['type'] !== 'response.create') return;
        const request = start();
        if (request !== undefined) asked.push({ eventId: text(event['event_id']), request });
      },
    },
    received: {
      fields: RECEIVED_FIELDS,
      isRead(data) {
        const type = typeOf(data);
        if (type === undefined || type in handlers) return true;
        if (!OUTPUT_EVENT.test(type)) return false;
        for (const request of open.values()) if (!request.hasOutput) return true;
        return false;
      },
      read(event) {
        const type = text(event['type']) ?? '';
        const handle = handlers[type];
        if (handle !== undefined) handle(event);
        else if (OUTPUT_EVENT.test(type)) {
          open.get(text(event['response_id']) ?? text(event['item_id']) ?? '')?.read((answer) => {
            answer.events += 1;
            answer.generated ||= hasOutputIn(event, OUTPUT);
          });
        }
      },
    },
  };
};

function typeOf(data: MessageData): string | undefined {
  return TYPE.exec(headOf(data))?.[1];
}

function readResponse(response: JsonObject, model: string | undefined, answer: Answer): void {
  const { status, status_details: details, usage } = response;
  if (status === 'completed' || status === 'incomplete')
    setFinishReasons(answer, text(object(details)['reason']) ?? status);
  else if (status === 'cancelled') answer.error = { code: status };
  else answer.error = failure(object(details)['error']) ?? response;
  answer.usage = openAiUsage(object(usage));
  addResponse(answer, { model });
}

function readTranscription(event: JsonObject, answer: Answer): void {
  answer.error = failure(event['error']);
  answer.usage = openAiUsage(object(event['usage']));
}
