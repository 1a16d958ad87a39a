import * as api from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import { INPUT_LIMITS } from '../catalogue/input-limits.js';
import { ATTRIBUTES, EVENTS } from '../catalogue/semconv.js';
import type { RequestRecorder } from '../metrics/recorder.js';
import { VERSION } from '../version.js';

/** The part of the logs API that is needed. `@opentelemetry/api` has it since 1.10, which the SDK 3.x requires. */
interface LogsApi {
  getLogger(name: string, version: string): Logger;
}

interface Logger {
  /** Whether a LoggerProvider is registered and any of its processors takes the record. */
  enabled(record: LogRecord): boolean;
  emit(record: LogRecord): void;
}

interface LogRecord {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly attributes: api.Attributes;
  readonly context: api.Context;
}

/** The API as a namespace, because a named import of a missing export would fail. */
const { logs } = api as { readonly logs?: LogsApi };

/** Severity numbers of OpenTelemetry's log data model. The GenAI conventions make exceptions warnings. */
const SEVERITIES = { [EVENTS.exception]: 13, [EVENTS.cacheLookup]: 9 } as const;

/**
 * Records what happened during a span. It is a log record with the context of the span where the process has registered
 * a LoggerProvider with the stable logs API, and an event of the span otherwise; never both. It always is an event where
 * only this package exports the span, because the logs would name a trace that their backend may not have. The span must
 * be recording.
 */
export function recordEvent(
  span: api.Span,
  { keepsEvents }: Pick<RequestRecorder, 'keepsEvents'>,
  name: keyof typeof SEVERITIES,
  attributes: api.Attributes,
): void {
  if (keepsEvents === true) {
    span.addEvent(name, attributes);
    return;
  }
  const record: LogRecord = {
    eventName: name,
    severityNumber: SEVERITIES[name],
    attributes,
    context: api.trace.setSpan(api.ROOT_CONTEXT, span),
  };
  const logger = logs?.getLogger('llm-edge-monitoring', VERSION);
  if (logger?.enabled(record) === true) logger.emit(record);
  else span.addEvent(name, attributes);
}

/** Accepts class names only: the `name` of an error can be any text, including a prompt or a key. */
const CLASS_NAME = /^[A-Za-z_$][\w$.]*$/;

/**
 * Marks a span as failed. The error's message and stack are not recorded, because providers repeat prompts and keys in
 * them.
 *
 * @param error - the cause. Only its class name is recorded.
 */
export function setFailure(
  span: api.Span,
  recorder: Pick<RequestRecorder, 'keepsEvents'>,
  errorType: ErrorType,
  error: unknown,
): void {
  span.setAttribute(ATTRIBUTES.errorType, errorType);
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: errorType });
  const name = classNameOf(error);
  if (name !== undefined) recordEvent(span, recorder, EVENTS.exception, { [ATTRIBUTES.exceptionType]: name });
}

function classNameOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const { name, constructor: ofClass } = error as { name?: unknown; constructor?: { name?: unknown } };
    // OpenAI's error classes do not set `name`, so it is "Error"; the name of the class is more specific.
    const className = name === undefined || name === 'Error' ? ofClass?.name : name;
    if (typeof className !== 'string' || className.length > INPUT_LIMITS.errorCode.value) return undefined;
    return CLASS_NAME.test(className) ? className : undefined;
  } catch {
    // The getters of the error throw, so the span has an error type but no class name.
    return undefined;
  }
}
