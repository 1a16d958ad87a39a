import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import {
  type Listening,
  listen,
  readJson,
  sendEvent,
  sendJson,
  signalOfReader,
  startEvents,
} from '../http.js';
import { createRandom, type Random } from '../random.js';
import { countTokens, cutIntoPieces, TOKENS_PER_EVENT, writeAnswer } from './answers.js';
import { type Character, type Fault, type Plan, planAnswer } from './faults.js';
import { createPromptCache, type PrefixTokens } from './prompt-cache.js';

/** What was asked, whatever the wire format. */
export interface Question {
  readonly model: string;
  /** The part of the prompt that the provider may cache; empty for none. */
  readonly prefix: string;
  readonly text: string;
  readonly tokensMax: number;
  readonly isStreamed: boolean;
  readonly includesUsage: boolean;
}

/** What the provider answers, whatever the wire format. */
export interface Answer {
  readonly question: Question;
  readonly random: Random;
  readonly requestNumber: number;
  readonly text: string;
  readonly pieces: readonly string[];
  readonly isCutOff: boolean;
  readonly prefix: PrefixTokens;
  /** Tokens of the prompt after the prefix. */
  readonly textTokens: number;
  readonly textOutputTokens: number;
  readonly reasoningTokens: number;
}

/** One event of a stream and the tokens whose making the reader waits for. */
export interface StreamEvent {
  readonly name?: string;
  readonly data: unknown;
  readonly tokens?: number;
}

/** What a window of the rate limit has left. */
export interface Window {
  readonly limits: Character['limits'];
  readonly requestsRemaining: number;
  readonly tokensRemaining: number;
}

export type Failure = Exclude<Fault, 'unreachable' | 'cut_stream'> | 'unauthorised' | 'not_found' | 'invalid';

/** A provider's wire format. */
export interface Dialect {
  readonly path: string;
  /** The model that answers, by the model asked for. */
  readonly models: Readonly<Record<string, { readonly version: string; readonly isReasoning: boolean }>>;
  /** Shorter prefixes are not kept in the prompt cache. */
  readonly cachedTokensMin: number;
  isAuthorised(headers: IncomingHttpHeaders): boolean;
  readQuestion(body: unknown): Question | undefined;
  headers(window: Window, requestId: string, isRefused: boolean): Record<string, string>;
  failure(kind: Failure, requestId: string): { readonly status: number; readonly body: object };
  body(answer: Answer): object;
  events(answer: Answer): readonly StreamEvent[];
  /** Says in mid-stream what went wrong; without it the connection just breaks. */
  readonly interruption?: StreamEvent;
}

/**
 * Starts a loopback server that speaks the dialect and behaves like the character.
 *
 * @param isDown - whether it hangs up on every request that arrives now.
 */
export function startProvider(
  dialect: Dialect,
  character: Character,
  seed: number,
  isDown: () => boolean = () => false,
): Promise<Listening> {
  const readPrefix = createPromptCache(dialect.cachedTokensMin);
  let requestNumber = -1;
  let tokensUsed = 0;

  return listen(async (request, response) => {
    requestNumber += 1;
    const number = requestNumber;
    const plan = planAnswer(character, seed, number);
    const random = createRandom(seed, character.name, number, 'answer');
    const requestId = `req_${Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(24, '0')}`;
    if (plan.requestsRemaining === character.limits.requests - 1) tokensUsed = 0;
    if (isDown() || plan.fault === 'unreachable') return void response.destroy();

    const question = dialect.readQuestion(await readJson(request));
    const failure = refuse(dialect, request, question) ?? failureOf(plan);
    const isRefused = failure === 'rate_limited';
    const window = (): Window => ({
      limits: character.limits,
      requestsRemaining: plan.requestsRemaining,
      tokensRemaining: Math.max(0, character.limits.tokens - tokensUsed),
    });
    if (failure !== undefined || question === undefined) {
      const { status, body } = dialect.failure(failure ?? 'invalid', requestId);
      return sendJson(response, status, body, dialect.headers(window(), requestId, isRefused));
    }

    const model = dialect.models[question.model];
    const { text, isCutOff } = writeAnswer(random, question.tokensMax);
    const answer: Answer = {
      question,
      random,
      requestNumber: number,
      text,
      isCutOff,
      pieces: cutIntoPieces(text),
      prefix: readPrefix(question.prefix),
      textTokens: countTokens(question.text),
      textOutputTokens: countTokens(text),
      reasoningTokens: model?.isReasoning ? 64 * (1 + Math.floor(random() * 3)) : 0,
    };
    tokensUsed += answer.prefix.total + answer.textTokens + answer.textOutputTokens + answer.reasoningTokens;
    await send(dialect, response, answer, plan, dialect.headers(window(), requestId, false));
  }, 0);
}

function refuse(
  dialect: Dialect,
  request: IncomingMessage,
  question: Question | undefined,
): Failure | undefined {
  if (!dialect.isAuthorised(request.headers)) return 'unauthorised';
  if (request.method !== 'POST' || request.url?.split('?')[0] !== dialect.path) return 'not_found';
  if (question === undefined) return 'invalid';
  return question.model in dialect.models ? undefined : 'not_found';
}

function failureOf(plan: Plan): Failure | undefined {
  return plan.fault === 'unreachable' || plan.fault === 'cut_stream' ? undefined : plan.fault;
}

async function send(
  dialect: Dialect,
  response: ServerResponse,
  answer: Answer,
  plan: Plan,
  headers: Record<string, string>,
): Promise<void> {
  const signal = signalOfReader(response);
  const wait = (ms: number) => (ms > 0 ? sleep(ms, undefined, { signal }) : undefined);
  const isCut = plan.fault === 'cut_stream';
  try {
    await wait(plan.firstTokenMs + answer.reasoningTokens * plan.perTokenMs);
    if (answer.question.isStreamed) {
      startEvents(response, headers);
      const events = dialect.events(answer);
      for (const event of isCut ? events.slice(0, events.length / 2) : events) {
        await wait((event.tokens ?? 0) * plan.perTokenMs);
        await sendEvent(response, event.data, event.name);
      }
      if (!isCut) return void response.end();
      if (dialect.interruption === undefined) {
        // What was written leaves the process first.
        await setImmediate();
        return void response.destroy();
      }
      await sendEvent(response, dialect.interruption.data, dialect.interruption.name);
      return void response.end();
    }
    await wait(answer.pieces.length * TOKENS_PER_EVENT * plan.perTokenMs);
    const body = JSON.stringify(dialect.body(answer));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    });
    if (!isCut) return void response.end(body);
    response.write(body.slice(0, body.length / 2), () => response.destroy());
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
