import type { Endpoint } from './endpoints.js';

/** The facts in the URL of a request to a model. */
export interface Target extends Endpoint {
  readonly provider: string;
  /** The gateway or router that the call goes through, where it is counted as if there were none. */
  readonly intermediary?: string;
  /** The model, if the URL names it. */
  readonly model: string | undefined;
  readonly openAiRateLimits: true | undefined;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  /** Identifies the call among nested ones. */
  readonly hostAndPath: string;
}
