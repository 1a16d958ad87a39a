import { bedrockModelName, bedrockOperation } from '../catalogue/bedrock-models.js';
import { current, type RequestRecorder } from '../metrics/recorder.js';
import { activeContext, activeRequest, runInContext } from '../requests/context.js';
import { guard } from '../requests/guard.js';
import type { CalledModel, RequestHandle } from '../requests/handle.js';
import { createFetchInFlight, markFetch } from '../requests/nested-fetch.js';
import { startRequest } from '../requests/observe-request.js';
import { observeStream } from '../streams/observe-stream.js';
import { BEDROCK_INVOKE, readConverse } from '../wire/bedrock-formats.js';
import { bodyParameters } from '../wire/body-parameters.js';
import { type BodyReader, createJsonReader, readEvent } from '../wire/body-reader.js';
import { type JsonObject, object, text } from '../wire/json.js';
import { type Answer, createAnswer } from '../wire/wire-format.js';
import { AnswerTap } from './answer-tap.js';
import { namedModel, readBody, UNKNOWN_MODEL } from './request.js';

/** Arguments that a middleware of the AWS SDK receives before a request is sent. */
interface Arguments {
  readonly input: object;
  readonly request?: unknown;
}

/** The result of a middleware: the output of the command, and the HTTP response that contained it. */
interface Result {
  readonly output: object;
  readonly response?: unknown;
}

interface Context {
  readonly commandName?: string;
}

type Handler<Args, Out> = (args: Args) => Promise<Out>;

/** The part of the AWS SDK's middleware stack that is needed, in any version. */
interface MiddlewareStackLike {
  add(
    middleware: <Args extends Arguments, Out extends Result>(
      next: Handler<Args, Out>,
      context: Context,
    ) => Handler<Args, Out>,
    options: {
      readonly step: 'finalizeRequest';
      readonly priority: 'low';
      readonly name: string;
      readonly override: boolean;
    },
  ): void;
}

/** A plug-in for `client.middlewareStack.use(...)`. */
export interface BedrockPlugin {
  readonly applyToStack: (stack: MiddlewareStackLike) => void;
}

interface Command {
  /** Member of the output that contains the answer. */
  readonly member: 'output' | 'stream' | 'body';
  readonly isStreamed: boolean;
  readonly createReader: (answer: Answer, result: Result) => BodyReader<never>;
}

/** The commands that call a model. */
const COMMANDS: Readonly<Record<string, Command>> = Object.assign(Object.create(null), {
  ConverseCommand: { member: 'output', isStreamed: false, createReader: converseReader },
  ConverseStreamCommand: { member: 'stream', isStreamed: true, createReader: converseReader },
  InvokeModelCommand: { member: 'body', isStreamed: false, createReader: invokeReader },
  InvokeModelWithResponseStreamCommand: {
    member: 'body',
    isStreamed: true,
    createReader: invokeStreamReader,
  },
} satisfies Record<string, Command>);

/**
 * Observes the requests of `@aws-sdk/client-bedrock-runtime`, whose transport is not fetch: Converse, ConverseStream,
 * InvokeModel and InvokeModelWithResponseStream. If the SDK retries a command, each attempt is a request.
 *
 * Use it once per client: `client.middlewareStack.use(bedrockMiddleware())`. Outputs and errors of the SDK are
 * unchanged, and a stream is read only as its consumer reads it. A middleware does not see the `abortSignal` that
 * `send` receives. The SDK ends an aborted stream without an error, so such a stream is a `stream_interrupted`. Before
 * `initMonitoring` the middleware does nothing.
 */
export function bedrockMiddleware(): BedrockPlugin {
  return {
    applyToStack(stack) {
      stack.add((next, context) => (args) => observe(next, context, args), {
        // Inside the retries, so that each attempt is observed, and outside the parser of the response.
        step: 'finalizeRequest',
        priority: 'low',
        name: 'llmEdgeMonitoring',
        override: true,
      });
    },
  };
}

async function observe<Args extends Arguments, Out extends Result>(
  next: Handler<Args, Out>,
  context: Context,
  args: Args,
): Promise<Out> {
  const recorder = current.recorder;
  const command = COMMANDS[context.commandName ?? ''];
  if (!recorder.enabled || command === undefined) return next(args);
  const request = guard(recorder, 'bedrock', () => {
    const called = describeCall(args);
    return activeRequest()?.follow(called) ?? startRequest({ ...called, streaming: command.isStreamed });
  });
  if (request === undefined) return next(args);
  const inFlight = createFetchInFlight(hostAndPathOf(object(args.request)));
  let result: Out;
  try {
    // The client may be given a handler that makes the call through an instrumented fetch.
    result = await request.run(() => runInContext(markFetch(activeContext(), inFlight), () => next(args)));
  } catch (error) {
    request.fail(error);
    throw error;
  } finally {
    inFlight.isOver = true;
  }
  const isFollowed = guard(recorder, 'bedrock', () =>
    followResult(result, object(args.input), command, request, recorder),
  );
  if (isFollowed !== true) request.end();
  return result;
}

/** The address of a request, as the instrumented fetch reads it from the URL. */
function hostAndPathOf({ hostname, port, path }: JsonObject): string {
  const host = (text(hostname) ?? '').toLowerCase();
  return `${host}${typeof port === 'number' ? `:${port}` : ''}${text(path) ?? ''}`;
}

function describeCall(args: Arguments): CalledModel {
  const { hostname, port } = object(args.request);
  const model = namedModel(bedrockModelName(text(object(args.input)['modelId']) ?? '')) ?? UNKNOWN_MODEL;
  return {
    provider: 'bedrock',
    model,
    operation: bedrockOperation(model),
    serverAddress: text(hostname),
    serverPort: typeof port === 'number' ? port : 443,
    parameters: readParameters(object(args.input)),
  };
}

/** Converse has the parameters in its input; InvokeModel has the tier there, and a body of the model's own API. */
function readParameters(input: JsonObject): CalledModel['parameters'] {
  return { ...bodyParameters(input), ...readBody(input['body']).parameters };
}

/** Observes the answer in a result; false if it contains no answer that can be observed. */
function followResult(
  result: Result,
  input: JsonObject,
  command: Command,
  request: RequestHandle,
  recorder: RequestRecorder,
): boolean {
  const answer = createAnswer(() => input);
  const { isStreamed } = command;
  const tap = new AnswerTap<never>({
    request,
    recorder,
    answer,
    isStreamed,
    reader: command.createReader(answer, result),
    status: 200,
  });
  const content = command.member === 'output' ? result.output : object(result.output)[command.member];
  if (isStreamed) {
    if (!isAsyncIterable(content)) return false;
    observeStream(content, tap);
  } else {
    tap.chunk(content as never);
    tap.end();
  }
  return true;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<never> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function converseReader(answer: Answer): BodyReader<JsonObject> {
  return {
    push(output) {
      answer.events += 1;
      readConverse(output, answer);
    },
    finish: () => undefined,
  };
}

function invokeReader(answer: Answer, { response }: Result): BodyReader {
  const headers = object(object(response)['headers']);
  BEDROCK_INVOKE.readHeaders?.({ get: (name) => text(headers[name]) }, answer);
  return createJsonReader(BEDROCK_INVOKE, answer);
}

function invokeStreamReader(answer: Answer): BodyReader<JsonObject> {
  return {
    // The SDK has already taken the events out of their frames.
    push(event) {
      const { bytes } = object(event['chunk']);
      if (bytes instanceof Uint8Array) readEvent(bytes, BEDROCK_INVOKE, answer);
    },
    finish: () => undefined,
  };
}
