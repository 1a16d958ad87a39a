import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { answeringProvider } from '../catalogue/intermediaries.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import { classifyError, classifyResponse } from '../errors/classify-error.js';
import { current, type RequestRecorder } from '../metrics/recorder.js';
import { countFailure } from '../requests/guard.js';
import type { RequestHandle, StartedRequest, UsageGap } from '../requests/handle.js';
import type { UsageResult } from '../requests/later-usage.js';
import { BROKEN_OFF } from '../requests/observe-result.js';
import type { ParsedJson, StreamObserver } from '../streams/observation.js';
import type { BodyReader } from '../wire/body-reader.js';
import { parseJson } from '../wire/json.js';
import { type Answer, EMPTY_RESPONSE, type WireFormat } from '../wire/wire-format.js';
import { usageGap } from './answer-gap.js';
import type { CallSignal } from './call-signal.js';

/** A request whose answer is observed. Only requests that this package started have the optional methods. */
export interface TappedRequest extends RequestHandle {
  /** Sets the usage and, where parts of it are billed separately, those. */
  setUsage(usage: Usage, parts?: readonly UsagePart[]): void;
  /** Records that chunks of a stream have arrived together. */
  chunks?(count: number): void;
  /** Records that the answer is still being read. */
  touch?(): void;
  /** Records what is unknown of the usage, just before the end. */
  missUsage?(gap: UsageGap): void;
  /** Records that the answer was dropped: the request ends at the time of the last `touch`. */
  lost?(): void;
  /** Notes the job that the answer is about. */
  noteJob?: StartedRequest['noteJob'];
  /** Adds one of several answers in a body. */
  addResult?(result: UsageResult): void;
  /** Sets what only the answer tells. */
  describe?: StartedRequest['describe'];
}

/** An answer that is being received, and how it is read. */
export interface AnswerInFlight<Piece = Uint8Array> {
  readonly request: TappedRequest;
  readonly recorder: RequestRecorder;
  readonly answer: Answer;
  /** Absent where the answer needs no completion. */
  readonly format?: Pick<WireFormat, 'finish'> | undefined;
  /** Absent for bodies that contain no facts to read, such as audio. */
  readonly reader: BodyReader<Piece> | undefined;
  /** Whether the answer is a stream of events, which is incomplete without an event that marks its end. */
  readonly isStreamed: boolean;
  /** The provider that is called, where that of the request is another one: a gateway, whose names of providers differ. */
  readonly calledProvider?: string | undefined;
  /** Whether no later answer is read for the usage of a job. */
  readonly isUsageNow?: boolean | undefined;
  /** Whether the model is unknown until the answer names it. */
  readonly isModelAnswered?: boolean | undefined;
  /** Whether the usage would have been reported if the request had asked for it. */
  readonly isUnasked?: boolean | undefined;
  /** HTTP status, used to classify errors that arrive within an answer. */
  readonly status: number;
  /** Absent for clients that do not show it. */
  readonly signal?: CallSignal | undefined;
}

/** Records the contents of an answer on its request while the consumer reads it, and ends the request with it. */
export class AnswerTap<Piece = Uint8Array> implements StreamObserver<Piece> {
  private readonly flight: AnswerInFlight<Piece>;
  /** What was already recorded on the request. */
  private generated = false;
  private isNamed = false;
  private usage: Answer['usage'];
  private response: Answer['response'] = EMPTY_RESPONSE;
  private finishReasons: Answer['finishReasons'] | undefined;
  private reasonCount = 0;

  constructor(flight: AnswerInFlight<Piece>) {
    this.flight = flight;
    const { answer, request } = flight;
    if (request.addResult !== undefined) answer.onResult = (result) => request.addResult?.(result);
  }

  chunk(piece: Piece): void {
    const { request, recorder, answer, reader, isStreamed } = this.flight;
    if (request.ended) return;
    request.touch?.();
    const before = answer.events;
    try {
      reader?.push(piece);
    } catch {
      countFailure(recorder, 'fetch');
    }
    this.update();
    if (isStreamed && answer.events > before) request.chunks?.(answer.events - before);
    if (answer.error !== undefined || answer.closed) this.settle();
  }

  end(json?: ParsedJson): void {
    if (this.flight.request.ended) return;
    this.finish(json);
    this.settle();
  }

  fail(error: unknown): void {
    const { request, isStreamed, signal } = this.flight;
    if (request.ended) return;
    this.finish();
    this.noteJob();
    this.missUsage(true);
    const errorType = signal?.abortType(true) ?? classifyError(error);
    const isBroken = BROKEN_OFF.has(errorType);
    request.fail(error, isBroken ? (isStreamed ? 'stream_interrupted' : 'network') : errorType);
  }

  cancel(): void {
    const { request, answer } = this.flight;
    if (request.ended) return;
    this.finish();
    // A consumer that leaves once the answer is finished has received all of it.
    if (answer.finished || answer.error !== undefined) this.settle(true);
    else {
      this.noteJob();
      this.missUsage(true);
      request.fail(undefined, 'client_cancelled');
    }
  }

  weaken(): void {
    this.flight.signal?.weaken();
  }

  abandon(): void {
    this.flight.request.lost?.();
    this.cancel();
  }

  fault(): void {
    countFailure(this.flight.recorder, 'fetch');
  }

  private finish(json?: ParsedJson): void {
    const { recorder, reader } = this.flight;
    try {
      reader?.finish(json);
    } catch {
      countFailure(recorder, 'fetch');
    }
    this.update();
    this.updateReasons();
  }

  /** Records changes. Later finish reasons are recorded at the end, because a stream may repeat them in every event. */
  private update(): void {
    const { answer, request } = this.flight;
    if (answer.generated && !this.generated) {
      this.generated = true;
      request.firstToken();
    }
    if (answer.usage !== undefined && answer.usage !== this.usage) {
      this.usage = answer.usage;
      request.setUsage(answer.usage, answer.parts);
    }
    const areReasonsNew = this.reasonCount === 0 && answer.finishReasons.length > 0;
    if (areReasonsNew || answer.response !== this.response) this.updateResponse();
  }

  private updateReasons(): void {
    const { finishReasons } = this.flight.answer;
    if (finishReasons.length === 0) return;
    if (finishReasons !== this.finishReasons || finishReasons.length !== this.reasonCount)
      this.updateResponse();
  }

  private updateResponse(): void {
    const { response, finishReasons } = this.flight.answer;
    this.response = response;
    this.finishReasons = finishReasons;
    this.reasonCount = finishReasons.length;
    this.nameModel(response.model);
    const { id, model, serviceTier, costUsd, isFallback } = response;
    // Written out: an object that is made by spreading another costs microseconds here.
    this.flight.request.setResponse({
      id,
      model,
      serviceTier,
      costUsd,
      upstream: this.upstreamOf(response),
      isFallback,
      finishReasons: finishReasons.length === 0 ? undefined : finishReasons,
    });
  }

  /** Who answered. Gateways have words of their own, which the request knows only if its provider names the gateway. */
  private upstreamOf({ upstream }: Answer['response']): string | undefined {
    const { calledProvider, request } = this.flight;
    if (upstream === undefined || calledProvider === undefined) return upstream;
    const isNamed = request.provider.startsWith(`${calledProvider}/`);
    return isNamed ? upstream : answeringProvider(calledProvider, upstream);
  }

  private nameModel(model: string | undefined): void {
    const { request, isModelAnswered, isStreamed } = this.flight;
    if (isModelAnswered && !this.isNamed && model !== undefined) {
      this.isNamed = true;
      request.describe?.(model, isStreamed);
    }
  }

  private noteJob(): void {
    const { answer, request, isUsageNow, calledProvider: owner = request.provider } = this.flight;
    const { job, usage } = answer;
    if (isUsageNow) return;
    // A job that was cancelled may have used something.
    if (job !== undefined) request.noteJob?.({ ...job, isOver: job.isOver || usage !== undefined }, owner);
  }

  private missUsage(isCutOff: boolean): void {
    const { answer, isStreamed, isUnasked = false, request } = this.flight;
    const gap = usageGap(answer, { isCutOff, isStreamed, isUnasked });
    if (gap !== undefined) request.missUsage?.(gap);
  }

  /** @param isLeft - whether the consumer left the rest of the answer unread. */
  private settle(isLeft = false): void {
    const { answer, format, request, isStreamed, status } = this.flight;
    if (answer.error === undefined && format?.finish !== undefined) {
      format.finish(answer);
      this.update();
    }
    this.updateReasons();
    this.noteJob();
    const isInterrupted = isStreamed && !answer.finished && !answer.closed;
    this.missUsage(isLeft || isInterrupted);
    if (answer.error !== undefined) {
      request.fail(undefined, classifyResponse(status, { error: answer.error }));
    } else if (isInterrupted) {
      request.fail(undefined, 'stream_interrupted');
    } else {
      request.end();
    }
  }
}

/** Error bodies are small; the beginning of a larger one is enough to classify the error. */
const ERROR_BYTES_MAX = INPUT_LIMITS.errorBody.value;

/**
 * Reads the body of an error response for as long as the consumer does, and ends the request with it.
 *
 * @param code - the name of the error, where a header has it.
 */
export function createErrorTap(
  request: TappedRequest,
  status: number,
  code?: string,
): StreamObserver<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const end = (): void => {
    if (request.ended) return;
    const body = Buffer.concat(pieces).toString('utf8');
    request.fail(
      undefined,
      classifyResponse(status, code === undefined ? body : { code, body: parseJson(body) }),
    );
  };
  return {
    chunk(bytes) {
      // Chunks of a third-party body may be empty or not bytes at all.
      if (!ArrayBuffer.isView(bytes) || bytes.length === 0) return;
      if (request.ended || length >= ERROR_BYTES_MAX) return;
      // The consumer owns the chunk and may reuse its memory.
      const piece = Buffer.from(bytes.subarray(0, ERROR_BYTES_MAX - length));
      pieces.push(piece);
      length += piece.length;
    },
    end,
    fail: end,
    cancel: end,
    abandon() {
      request.lost?.();
      end();
    },
    fault: () => countFailure(current.recorder, 'fetch'),
  };
}
