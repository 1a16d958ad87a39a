import type { Context } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { RequestParameters } from '../catalogue/request-parameters.js';
import type { Usage, UsagePart } from '../cost/usage.js';
import type { CallFacts, DropReason, RequestRecorder } from '../metrics/recorder.js';
import { noteJob } from './awaited-answers.js';
import { type ActiveOperation, type ActiveRequest, surroundingsOf, withRequest } from './context.js';
import type { FollowingRequest } from './followed-call.js';
import { guard } from './guard.js';
import type { CalledModel, Job, ResponseInfo, StartedRequest, UsageGap } from './handle.js';
import { type RequestInput, readNameText, readResponseInfo } from './input.js';
import { Lifecycle, type RequestDeps } from './lifecycle.js';
import type { OperationRequest } from './operation-requests.js';
import { RequestAccount } from './request-account.js';
import { setFailure } from './span-events.js';
import { describeParameters, describeRequestSpan, setResultAttributes, startRequestSpan } from './spans.js';

/** The lifecycle of one request: its span, outcome and times. Its usage and cost are in its account. */
export class RequestLifecycle extends Lifecycle implements ActiveRequest, FollowingRequest {
  readonly provider: string;
  readonly operation: string;
  model: string;
  serverAddress: string | undefined;
  serverPort: number | undefined;
  private readonly account: RequestAccount;
  private readonly parentOperation: ActiveOperation | undefined;
  private readonly operationRequest: OperationRequest | undefined;
  private streaming: boolean | undefined;
  private isNamed = false;
  private timeToFirstTokenMs: number | undefined;
  /** The stream whose chunks are timed: the first one that reported any. Several streams share no times. */
  private chunkSource: object | undefined;
  private lastChunkMs: number | undefined;
  private timeToFirstChunkMs: number | undefined;
  parameters: RequestParameters | undefined;

  /** @param parent - the context in which the request starts. */
  constructor(input: RequestInput, recorder: RequestRecorder, deps: RequestDeps, parent: Context) {
    const { provider, model, operation } = input;
    const span = guard(recorder, 'startRequest', () => startRequestSpan(recorder.tracer, input, parent));
    super(recorder, deps, parent, span);
    this.provider = provider;
    this.model = model;
    this.operation = operation;
    this.serverAddress = input.serverAddress;
    this.serverPort = input.serverPort;
    this.streaming = input.streaming;
    this.parameters = input.parameters;
    this.account = new RequestAccount(this, { recorder, price: deps.price });
    this.parentOperation = surroundingsOf(parent).operation;
    this.operationRequest = this.parentOperation?.requestStarted(provider, operation, this.startMs);
    this.describeServing();
    if (input.isModelLate !== true) this.nameModel();
  }

  /** Also counts the request as active. */
  override begin(handle: object, maxDurationMs: number | undefined): void {
    super.begin(handle, maxDurationMs);
    this.recorder.addActiveRequests(1);
  }

  firstToken(): void {
    if (this.ended || this.timeToFirstTokenMs !== undefined) return;
    this.touch();
    this.timeToFirstTokenMs = this.lastUsedMs - this.startMs;
    this.timeToFirstChunkMs ??= this.timeToFirstTokenMs;
    if (this.isNamed) this.recordFirstToken();
  }

  /** Times chunks of a stream that have arrived together. The first may come before the first token. */
  chunks(count: number, source: object = this): void {
    const { recorder } = this;
    if (this.ended) return;
    if (this.timeToFirstChunkMs === undefined) {
      this.touch();
      this.timeToFirstChunkMs = this.lastUsedMs - this.startMs;
    }
    if (!recorder.genAi) return;
    // The result of the request is made from the streams of its calls, which are observed more closely.
    if (source === this && this.account.hasCalls) return;
    this.chunkSource ??= source;
    if (this.chunkSource !== source) return;
    guard(recorder, 'chunks', () => {
      const facts = this.callFacts();
      const nowMs = recorder.now();
      for (let index = 0; facts !== undefined && index < count; index += 1) {
        const place = this.lastChunkMs === undefined ? 'first' : 'later';
        const durationMs = nowMs - (this.lastChunkMs ?? this.startMs);
        this.lastChunkMs = nowMs;
        recorder.recordChunk(this.provider, this.model, place, durationMs, facts);
      }
    });
  }

  callFacts(): CallFacts | undefined {
    const { operation, serverAddress, serverPort } = this;
    if (!this.recorder.genAi) return undefined;
    return { operation, responseModel: this.account.answeredModel, serverAddress, serverPort };
  }

  /** Sets what may be unknown when the request starts. */
  describe(model: string | undefined, streaming: boolean, parameters?: RequestParameters): void {
    if (this.ended) return;
    this.addParameters(parameters);
    const name =
      model === undefined ? undefined : readNameText(model, (reason) => this.drop(reason, 'fetch'));
    if (name !== undefined) this.model = name;
    this.streaming = streaming;
    guard(this.recorder, 'request', () => {
      describeRequestSpan(this.span, this.operation, this.model, streaming);
    });
    this.nameModel();
  }

  follow(call: CalledModel): StartedRequest {
    if (this.serverAddress === undefined) {
      this.serverAddress = call.serverAddress;
      this.serverPort = call.serverPort;
    }
    this.addParameters(call.parameters);
    return this.account.follow(call);
  }

  setUsage(usage: Usage, parts?: readonly UsagePart[]): void {
    if (this.ended || typeof usage !== 'object' || usage === null) return;
    this.touch();
    this.account.setUsage(usage, parts);
  }

  noteJob(job: Job, owner: string): void {
    if (!this.ended && noteJob(this, job, owner)) this.account.leaveUsage();
  }

  missUsage(gap: UsageGap): void {
    if (!this.ended) this.account.missUsage(gap);
  }

  setResponse(info: ResponseInfo): void {
    if (this.ended || typeof info !== 'object' || info === null) return;
    this.touch();
    const onDrop = (reason: DropReason): void => this.drop(reason, 'setResponse');
    this.account.addResponse(readResponseInfo(info, this.provider, onDrop));
  }

  protected createContext(): Context {
    return withRequest(this.parent, this, this.span);
  }

  protected record(errorType: ErrorType | undefined, error: unknown, endMs: number): void {
    const { account, provider, recorder, span, timeToFirstTokenMs } = this;
    const durationMs = endMs - this.startMs;
    this.nameModel();
    // Each step is guarded separately, so that an exception, as from a span processor, does not affect the others.
    guard(recorder, 'request', () => recorder.addActiveRequests(-1));
    guard(recorder, 'request', () => {
      const facts = this.callFacts();
      recorder.recordRequest(provider, this.model, errorType, durationMs, span.spanContext(), facts);
      if (this.operationRequest !== undefined)
        this.parentOperation?.requestEnded(this.operationRequest, errorType, endMs, error);
    });
    guard(recorder, 'request', () => account.recordRoute());
    guard(recorder, 'request', () => {
      const pacedTokens = account.recordTokens(errorType);
      this.describeServing(pacedTokens);
      if (pacedTokens === undefined || timeToFirstTokenMs === undefined) return;
      const afterFirstMs = durationMs - timeToFirstTokenMs;
      recorder.recordTimePerOutputToken(provider, this.model, afterFirstMs / pacedTokens);
    });
    const cost = guard(recorder, 'request', () => account.recordCosts());
    guard(recorder, 'request', () => {
      if (!span.isRecording()) return;
      const times = { firstChunkMs: this.timeToFirstChunkMs, firstTokenMs: timeToFirstTokenMs };
      setResultAttributes(span, provider, account.totals(cost), times, recorder.costAttributes ?? []);
      if (errorType !== undefined) setFailure(span, recorder, errorType, error);
    });
    guard(recorder, 'request', () => span.end());
  }

  /** Sets the parameters of the first call that has any, unless the caller set some. */
  addParameters(parameters: RequestParameters | undefined): void {
    if (parameters === undefined || this.parameters !== undefined || this.ended) return;
    this.parameters = parameters;
    guard(this.recorder, 'request', () => describeParameters(this.span, this.provider, parameters));
  }

  /** Makes the records that waited for the name of the model. */
  private nameModel(): void {
    if (this.isNamed) return;
    this.isNamed = true;
    const { operationRequest } = this;
    if (operationRequest !== undefined) {
      guard(this.recorder, 'request', () => this.parentOperation?.requestNamed(operationRequest, this.model));
    }
    this.describeServing();
    if (this.timeToFirstTokenMs !== undefined) this.recordFirstToken();
  }

  /** Passes to the operation what the GenAI metrics say of this request. */
  private describeServing(pacedTokens?: number): void {
    const { operationRequest, provider, model, timeToFirstTokenMs, startMs } = this;
    const facts = operationRequest && this.callFacts();
    if (operationRequest === undefined || facts === undefined) return;
    const isStreamed = this.streaming === true || this.lastChunkMs !== undefined;
    const hasFirstToken = isStreamed && timeToFirstTokenMs !== undefined;
    const firstTokenMs = hasFirstToken ? startMs + timeToFirstTokenMs : undefined;
    operationRequest.serving = { ...facts, provider, model, firstTokenMs, pacedTokens };
  }

  private recordFirstToken(): void {
    const { provider, model, recorder, span, timeToFirstTokenMs = 0 } = this;
    guard(recorder, 'firstToken', () => {
      recorder.recordTimeToFirstToken(provider, model, timeToFirstTokenMs, span.spanContext());
    });
  }
}
