import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { classifyError, classifyResponse } from '../errors/classify-error.js';
import { current } from '../metrics/recorder.js';
import { activeContext, activeRequest } from '../requests/context.js';
import { REQUEST_DEPS } from '../requests/lifecycle.js';
import { startRequest } from '../requests/observe-request.js';
import { type BodyReader, readStep } from '../wire/body-reader.js';
import type { SessionRequest, SessionRequests } from '../wire/realtime-session.js';
import { type Answer, createAnswer } from '../wire/wire-format.js';
import { AnswerTap, type TappedRequest } from './answer-tap.js';
import { namedModel, UNKNOWN_MODEL } from './request.js';
import type { Target } from './target.js';

const OPEN_MAX = INPUT_LIMITS.socketRequests.value;

/** One step that reads into an answer. */
type Step = (answer: Answer) => void;

/** How a connection ended. */
export interface SocketEnd {
  /** Whether the user of the socket closed it. */
  readonly isOwn: boolean;
  readonly error?: unknown;
}

/** The requests of one socket that have not ended. */
export class SocketRequests implements SessionRequests {
  private readonly target: Target;
  private readonly open = new Set<OpenRequest>();

  constructor(target: Target) {
    this.target = target;
  }

  start(model: string | undefined, operation = this.target.operation): SessionRequest | undefined {
    const { recorder } = current;
    if (!recorder.enabled) return undefined;
    for (const one of this.open) if (one.request.ended) this.open.delete(one);
    if (this.open.size >= OPEN_MAX) {
      recorder.drop('over_limit', 'websocket');
      return undefined;
    }
    const { provider, serverAddress, serverPort } = this.target;
    const called = {
      provider,
      operation,
      model: namedModel(model) ?? UNKNOWN_MODEL,
      serverAddress,
      serverPort,
    };
    const active = activeContext();
    const request: TappedRequest =
      activeRequest(active)?.follow(called) ??
      startRequest({ ...called, streaming: true }, recorder, REQUEST_DEPS, active);
    const opened = new OpenRequest(request, recorder);
    this.open.add(opened);
    return opened;
  }

  /** Ends all requests with their connection. */
  close({ isOwn, error }: SocketEnd): void {
    for (const { tap } of this.open) {
      if (isOwn) tap.cancel();
      else if (error === undefined) tap.end();
      else tap.fail(error);
    }
    this.open.clear();
  }

  /** Counts a connection that could not be opened as one request that failed. */
  refuse(model: string | undefined, status: number | undefined, error: unknown): void {
    const errorType = status === undefined ? classifyError(error) : classifyResponse(status);
    this.start(model);
    // Most classes say nothing of why a connection failed.
    for (const { request } of this.open) request.fail(error, errorType === 'unknown' ? 'network' : errorType);
    this.open.clear();
  }
}

class OpenRequest implements SessionRequest {
  readonly request: TappedRequest;
  readonly tap: AnswerTap<Step>;
  private readonly answer: Answer = createAnswer();

  constructor(request: TappedRequest, recorder: ConstructorParameters<typeof AnswerTap>[0]['recorder']) {
    const { answer } = this;
    const reader: BodyReader<Step> = { push: (step) => readStep(step, answer), finish: () => undefined };
    this.request = request;
    this.tap = new AnswerTap({ request, recorder, answer, reader, isStreamed: true, status: 200 });
  }

  get hasOutput(): boolean {
    return this.answer.generated;
  }

  read(step: Step): void {
    this.tap.chunk(step);
  }
}
