import type { Span } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import type { ResponseInfo } from './response-info.js';
import type { Usage } from './usage.js';

/** What a request is, known when it is sent. */
export interface RequestOptions {
  /** Who is asked, such as `openai`. A name longer than 200 characters is recorded as `other`, the model's too. */
  readonly provider: string;
  /** The model asked for. */
  readonly model: string;
  /** GenAI operation name; `chat` by default. */
  readonly operation?: string | undefined;
  /** Whether the answer is streamed; set on the span. */
  readonly streaming?: boolean | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  /**
   * Ends the request as a `timeout` when nothing has ended it after this long, in milliseconds; `Infinity` never.
   *
   * @defaultValue 1,800,000 (30 minutes)
   */
  readonly maxDurationMs?: number | undefined;
  /**
   * Further span attributes; never metric labels. 64 at most, with keys of 200 characters at most; values longer than
   * 4,096 characters are cut.
   */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * One request in flight. It ends exactly once: the first of `end` and `fail` counts, all later calls do nothing.
 * No method throws.
 */
export interface RequestHandle {
  readonly provider: string;
  readonly model: string;
  /** The span of the request; a non-recording one when tracing is off. */
  readonly span: Span;
  readonly ended: boolean;
  /** Marks the first output of any kind: text, reasoning, a tool call, a refusal. Later calls do nothing. */
  firstToken(): void;
  /**
   * Sets the usage; the last call wins. It replaces what an instrumented fetch has read of the calls made within the
   * request, tokens and cost. Its counts are read once, in this call.
   */
  setUsage(usage: Usage): void;
  /** Adds to what is known of the answer; fields given later win. They are read once, in this call. */
  setResponse(info: ResponseInfo): void;
  /** Ends the request as a success. */
  end(): void;
  /** Ends the request as a failure, with a cause to be classified or an error type that is known. */
  fail(error: unknown, errorType?: ErrorType): void;
  /** Runs `fn` with the request's span active. */
  run<T>(fn: () => T): T;
}
