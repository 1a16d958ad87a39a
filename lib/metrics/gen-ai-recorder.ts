import type { Attributes, Context, Meter } from '@opentelemetry/api';
import type { ErrorType } from '../catalogue/error-types.js';
import {
  GEN_AI_METRICS,
  type GenAiMetricName,
  type GenAiMetricSpec,
  type GenAiVersion,
  isInference,
} from '../catalogue/gen-ai-metrics.js';
import { ATTRIBUTES } from '../catalogue/semconv.js';
import { isCount } from './amounts.js';
import { type CallLimits, type CallSet, CallSets } from './gen-ai-calls.js';
import type { CallFacts, ServedOperation, TokenCounts } from './recorder.js';
import type { LabelSet, Recording } from './series-table.js';

/** Dependencies of the GenAI metrics. */
export interface GenAiDeps {
  readonly meter: Meter;
  /** The context of each histogram record; if absent, the SDK looks up the active one. */
  readonly context?: Context | undefined;
  readonly versions: readonly GenAiVersion[];
}

/** Records into the metrics of the GenAI conventions. Values and labels were checked before, for all metrics alike. */
export interface GenAiRecorder {
  request(labels: LabelSet, call: CallFacts, errorType: ErrorType | undefined, durationMs: number): void;
  usage(labels: LabelSet, call: CallFacts, usage: TokenCounts, errorType: ErrorType | undefined): void;
  chunk(labels: LabelSet, call: CallFacts, place: 'first' | 'later', durationMs: number): void;
  operation(
    labels: LabelSet,
    served: ServedOperation,
    errorType: ErrorType | undefined,
    durationMs: number,
  ): void;
}

type Record = (value: number, attributes: Attributes) => void;

/**
 * Creates the GenAI metrics of the given versions.
 *
 * @param recording - once it is over, records are ignored.
 */
export function createGenAiRecorder(
  { meter, context, versions }: GenAiDeps,
  recording: Recording,
  limits: CallLimits,
): GenAiRecorder {
  const calls = new CallSets('call', limits);
  // Apart, because an operation has no server: each would take a place of a call.
  const operations = new CallSets('operation', limits);
  const instrument = (name: GenAiMetricName): Record => {
    const row: GenAiMetricSpec = GEN_AI_METRICS[name];
    return versions.some((version) => row.versions[version] !== undefined)
      ? createInstrument(meter, name, row, recording, context)
      : () => undefined;
  };

  const operationDuration = instrument('gen_ai.client.operation.duration');
  const inferenceDuration = instrument('gen_ai.client.inference.duration');
  const firstChunks = [
    instrument('gen_ai.client.operation.time_to_first_chunk'),
    instrument('gen_ai.client.inference.time_to_first_chunk'),
  ];
  const laterChunks = [
    instrument('gen_ai.client.operation.time_per_output_chunk'),
    instrument('gen_ai.client.inference.time_per_output_chunk'),
  ];
  const tokenUsage = instrument('gen_ai.client.token.usage');
  const inputPerRequest = instrument('gen_ai.client.inference.operation.input_tokens');
  const outputPerRequest = instrument('gen_ai.client.inference.operation.output_tokens');
  const input = instrument('gen_ai.client.inference.usage.input_tokens');
  const output = instrument('gen_ai.client.inference.usage.output_tokens');
  const cacheRead = instrument('gen_ai.client.inference.usage.cache_read.input_tokens');
  const cacheWrite = instrument('gen_ai.client.inference.usage.cache_write.input_tokens');
  const reasoning = instrument('gen_ai.client.inference.usage.reasoning.output_tokens');
  const served = instrument('gen_ai.server.request.duration');
  const servedFirstToken = instrument('gen_ai.server.time_to_first_token');
  const servedPerToken = instrument('gen_ai.server.time_per_output_token');

  const hasAllDurations = versions.includes('v1.41');
  /** Calls whose counters exist: zero is added once, so that `rate()` sees their first increase. */
  const declared = new WeakSet<CallSet>();

  function declare(set: CallSet): void {
    if (declared.has(set)) return;
    declared.add(set);
    const attributes = set.with(ATTRIBUTES.tokenModality, 'unknown');
    for (const add of [input, output, cacheRead, cacheWrite, reasoning]) add(0, attributes);
  }

  return {
    request(labels, call, errorType, durationMs) {
      const set = calls.get(labels, call);
      const attributes = withError(set, errorType);
      const seconds = durationMs / 1000;
      const isInferred = isInference(call.operation);
      if (hasAllDurations || !isInferred) operationDuration(seconds, attributes);
      if (isInferred) inferenceDuration(seconds, attributes);
      declare(set);
    },
    usage(labels, call, usage, errorType) {
      const set = calls.get(labels, call);
      const { inputTokens, outputTokens } = usage;
      const perRequest = withError(set, errorType);
      if (isCount(inputTokens)) {
        tokenUsage(inputTokens, set.with(ATTRIBUTES.tokenType, 'input'));
        inputPerRequest(inputTokens, perRequest);
      }
      if (isCount(outputTokens)) {
        tokenUsage(outputTokens, set.with(ATTRIBUTES.tokenType, 'output'));
        outputPerRequest(outputTokens, perRequest);
      }
      addByModality(input, set, inputTokens, usage.inputAudioTokens, usage.inputImageTokens);
      addByModality(output, set, outputTokens, usage.outputAudioTokens, usage.outputImageTokens);
      addByModality(
        cacheRead,
        set,
        usage.cacheReadTokens,
        usage.cacheReadAudioTokens,
        usage.cacheReadImageTokens,
      );
      addByModality(cacheWrite, set, usage.cacheWriteTokens);
      addByModality(reasoning, set, usage.reasoningTokens);
    },
    chunk(labels, call, place, durationMs) {
      const { attributes } = calls.get(labels, call);
      for (const record of place === 'first' ? firstChunks : laterChunks)
        record(durationMs / 1000, attributes);
    },
    operation(labels, { request, startMs }, errorType, durationMs) {
      const { operation, responseModel, firstTokenMs, pacedTokens } = request;
      const set = operations.get(labels, { operation, responseModel });
      served(durationMs / 1000, withError(set, errorType));
      if (errorType !== undefined || firstTokenMs === undefined) return;
      const untilFirstMs = firstTokenMs - startMs;
      if (untilFirstMs < 0 || untilFirstMs > durationMs) return;
      servedFirstToken(untilFirstMs / 1000, set.attributes);
      if (pacedTokens === undefined) return;
      servedPerToken((durationMs - untilFirstMs) / 1000 / pacedTokens, set.attributes);
    },
  };
}

function createInstrument(
  meter: Meter,
  name: string,
  { kind, unit, description, buckets = [] }: GenAiMetricSpec,
  recording: Recording,
  context: Context | undefined,
): Record {
  if (kind === 'counter') {
    const counter = meter.createCounter(name, { unit, description });
    return (value, attributes) => {
      if (!recording.isOver) counter.add(value, attributes, context);
    };
  }
  const advice = { explicitBucketBoundaries: [...buckets] };
  const histogram = meter.createHistogram(name, { unit, description, advice });
  return (value, attributes) => {
    if (!recording.isOver) histogram.record(value, attributes, context);
  };
}

function withError(set: CallSet, errorType: ErrorType | undefined): Attributes {
  return errorType === undefined ? set.attributes : set.with(ATTRIBUTES.errorType, errorType);
}

/**
 * Adds tokens under their modality. What is neither audio nor image is `unknown`: providers that report these two do
 * not all report text, video and documents apart.
 */
function addByModality(add: Record, set: CallSet, total: unknown, audio?: unknown, image?: unknown): void {
  if (!isCount(total)) return;
  const audioTokens = isCount(audio) ? Math.min(audio, total) : 0;
  const imageTokens = isCount(image) ? Math.min(image, total - audioTokens) : 0;
  const counts = { audio: audioTokens, image: imageTokens, unknown: total - audioTokens - imageTokens };
  for (const [modality, count] of Object.entries(counts)) {
    if (count > 0) add(count, set.with(ATTRIBUTES.tokenModality, modality));
  }
}
