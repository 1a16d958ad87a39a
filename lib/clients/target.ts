import type { Endpoint } from './endpoints.js';

/** The facts in the URL of a request to a model. */
export interface Target extends Endpoint {
  readonly provider: string;
  /** The provider of the host, where `provider` names the one behind it. */
  readonly calledProvider?: string;
  /** The model, if the URL names it. */
  readonly model: string | undefined;
  readonly openAiRateLimits: true | undefined;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  /** Whether the host is not known, so that later calls that read the usage of a job are not recognised. */
  readonly isGuest?: true;
  /** Identifies the call among nested ones. */
  readonly hostAndPath: string;
}
