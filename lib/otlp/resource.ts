import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { TelemetryConfig } from '../config/resolve.js';
import { sharedState } from '../global-state.js';
import { loadResources } from '../lazy.cjs';

const DEFAULT_SERVICE_NAME = 'llm-edge-agent';

/** Returns one identifier of this process, the same each time monitoring is started in it. */
export function processInstanceId(): string {
  return sharedState('instance.v1', () => ({ id: randomUUID() as string })).id;
}

/** Leaves out attributes that are not set: an `undefined` would still replace the value that it is merged over. */
function present(attributes: Readonly<Record<string, string | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/**
 * Creates the Resource that metrics and spans share.
 *
 * Precedence, from low to high: defaults, detectors, resource attributes, named settings. Attributes that a detector
 * finds asynchronously arrive later: await {@link Resource.waitForAsyncAttributes}.
 */
export function createResource(config: TelemetryConfig): Resource {
  const { defaultResource, detectResources, resourceFromAttributes } = loadResources();
  const { serviceName, serviceVersion, environment, serviceInstanceId, resourceAttributes } = config;
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': DEFAULT_SERVICE_NAME,
        'service.instance.id': processInstanceId(),
      }),
    )
    .merge(detectResources({ detectors: [...(config.parts.resourceDetectors ?? [])] }))
    .merge(resourceFromAttributes({ ...resourceAttributes }))
    .merge(
      resourceFromAttributes(
        present({
          'service.name': serviceName,
          'service.version': serviceVersion,
          'deployment.environment.name': environment,
          'service.instance.id': serviceInstanceId,
        }),
      ),
    );
}
