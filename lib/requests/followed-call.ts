import type { Span } from '@opentelemetry/api';
import type { Usage } from '../cost/usage.js';
import type { DropReason } from '../metrics/recorder.js';
import { type OnDrop, readNameText } from './bounded-members.js';
import { readResponseInfo, readUsage } from './input.js';
import type { RequestHandle } from './request-handle.js';
import { mergeResponseInfo, type ResponseInfo } from './response-info.js';

/** What an observed call asks, and whom. */
export interface CalledModel {
  readonly provider: string;
  readonly model: string;
  /** GenAI operation name. */
  readonly operation: string;
}

/** A request that can tell several calls from each other. */
export interface FollowableRequest extends RequestHandle {
  /** Follows a call that is made within this request. */
  follow(call: CalledModel): FollowedCall;
}

/** The request that a call is made within, as the call sees it. */
export interface FollowingRequest {
  readonly span: Span;
  readonly ended: boolean;
  firstToken(): void;
  setResponse(info: ResponseInfo): void;
  run<T>(fn: () => T): T;
  touch(): void;
  /** Counts what could not be taken. */
  drop(reason: DropReason, where: string): void;
  /** Takes over what the call has used. */
  callEnded(call: FollowedCall): void;
}

/**
 * One call of several that a request may take. What is read of its answer goes to the request, but it neither ends the
 * request nor replaces what other calls have used.
 */
export class FollowedCall implements RequestHandle {
  readonly provider: string;
  readonly operation: string;
  model: string;
  usage: Usage | undefined;
  /** What the price depends on. */
  response: ResponseInfo = {};
  isAnswered = false;
  ended = false;
  private readonly request: FollowingRequest;
  private readonly onDrop: OnDrop = (reason) => this.request.drop(reason, 'fetch');

  constructor(request: FollowingRequest, { provider, model, operation }: CalledModel) {
    this.request = request;
    this.provider = provider;
    this.model = readNameText(model, this.onDrop) ?? '';
    this.operation = operation;
  }

  get span(): Span {
    return this.request.span;
  }

  firstToken(): void {
    this.request.firstToken();
  }

  /** Sets the usage of this call; a stream reports it again and again. */
  setUsage(usage: Usage): void {
    if (this.ended) return;
    this.request.touch();
    this.usage = readUsage(usage);
  }

  setResponse(info: ResponseInfo): void {
    if (this.ended) return;
    const said = readResponseInfo(info, this.onDrop);
    this.response = mergeResponseInfo(this.response, said);
    // The cost of one call is not that of the request.
    this.request.setResponse({ ...said, costUsd: undefined });
  }

  end(): void {
    this.isAnswered = true;
    this.finish();
  }

  fail(): void {
    this.finish();
  }

  run<T>(fn: () => T): T {
    return this.request.run(fn);
  }

  touch(): void {
    this.request.touch();
  }

  describe(model: string | undefined): void {
    const name = model === undefined ? undefined : readNameText(model, this.onDrop);
    if (name !== undefined) this.model = name;
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.request.callEnded(this);
  }
}
