import type { Sampler } from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from '../config/config.js';

type TraceSdk = typeof import('@opentelemetry/sdk-trace');

/** Makes the sampler that the specification's name stands for. `sdk-trace` reads no environment itself. */
export function createSampler(sdk: TraceSdk, traces: TelemetryConfig['traces']): Sampler {
  const roots = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(traces.samplerRatio),
  };
  switch (traces.sampler) {
    case 'parentbased_always_on':
      return new sdk.ParentBasedSampler({ root: roots.always_on() });
    case 'parentbased_always_off':
      return new sdk.ParentBasedSampler({ root: roots.always_off() });
    case 'parentbased_traceidratio':
      return new sdk.ParentBasedSampler({ root: roots.traceidratio() });
    default:
      return roots[traces.sampler]();
  }
}
