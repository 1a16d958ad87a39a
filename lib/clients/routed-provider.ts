import {
  INTERMEDIARIES,
  type Intermediary,
  providerBehind,
  upstreamInPath,
} from '../catalogue/intermediaries.js';
import { type ProviderRow, providerNamed } from '../catalogue/providers.js';
import { isObject, parseJson, text } from '../wire/json.js';
import { inDialect } from './find-endpoint.js';
import type { Recognise } from './recognise.js';
import type { HeadersLike, Init } from './request.js';
import type { Target } from './target.js';

/** How calls through an intermediary are counted: under both names, or as if they went to the provider itself. */
export type Gateways = 'separate' | 'merge';

/** What is known of a call before it is made. */
export interface RoutedCall {
  readonly headers: NonNullable<Init>['headers'];
  /** The requested model, if it is known yet. */
  readonly model: string | undefined;
}

/**
 * Decides under which provider a call is counted. No answer changes it, so that all series of a call have one provider.
 *
 * Only names of the provider table count: a caller of a gateway could otherwise create a series for each name.
 */
export function routeTarget(called: Target, call: RoutedCall, mode: Gateways, recognise: Recognise): Target {
  const { provider, hostAndPath } = called;
  const rules = INTERMEDIARIES[provider];
  if (rules === undefined) return called;
  const target = inOwnProtocol(rules, called, call);
  const path = hostAndPath.slice(hostAndPath.indexOf('/'));
  const model = target.model ?? rules.pathModel?.exec(path)?.groups?.['model'] ?? call.model;
  const direct =
    upstreamInPath(provider, path) ??
    upstreamInHeaders(rules, call.headers, path, recognise) ??
    providerNamed(rules.hosts?.[target.serverAddress] ?? '');
  const upstream = direct ?? upstreamInModel(rules, path, model);
  const behind = upstream?.provider === provider ? undefined : upstream;
  const isMerged = behind !== undefined && mode === 'merge';
  const named = isMerged ? model && withoutUpstream(rules, model, behind) : model;
  // A call whose model names the provider is written in the API of the intermediary.
  const routed = behind === undefined ? target : throughTo(target, behind, isMerged, direct !== undefined);
  return named === (routed.model ?? call.model) ? routed : { ...routed, model: named };
}

/** Targets by what they are made of: making one takes longer than the rest of the decision. */
const routedTargets = new WeakMap<Target, Map<string, Target>>();

/** @param isDirect - whether the call is written in the API of the provider behind the intermediary. */
function throughTo(target: Target, behind: ProviderRow, isMerged: boolean, isDirect: boolean): Target {
  const provider = isMerged ? behind.provider : `${target.provider}/${behind.provider}`;
  let made = routedTargets.get(target);
  if (made === undefined) {
    made = new Map();
    routedTargets.set(target, made);
  }
  const key = isDirect ? `${provider} direct` : provider;
  let routed = made.get(key);
  if (routed === undefined) {
    routed = { ...(isDirect ? inDialectOf(target, behind) : target), provider };
    if (isMerged) routed = { ...routed, intermediary: target.provider };
    made.set(key, routed);
  }
  return routed;
}

/** Adds what the headers of an intermediary's own protocol say. */
function inOwnProtocol({ own }: Intermediary, target: Target, { headers, model }: RoutedCall): Target {
  if (own === undefined || model !== undefined) return target;
  const [named] = own.models.flatMap((name) => sentHeader(headers, name) ?? []);
  const isStreamed = target.isStreamed ?? (sentHeader(headers, own.streaming) === 'true' ? true : undefined);
  return { ...target, model: named, ...(isStreamed && { isStreamed }) };
}

function inDialectOf({ hasStreamOptions, ...target }: Target, upstream: ProviderRow): Target {
  const endpoint = hasStreamOptions === undefined ? target : { ...target, hasStreamOptions };
  return { ...target, ...inDialect(endpoint, upstream) };
}

function upstreamInModel(
  rules: Intermediary,
  path: string,
  model: string | undefined,
): ProviderRow | undefined {
  const { pattern, path: where } = rules.model ?? {};
  if (pattern === undefined || model === undefined || where?.test(path) === false) return undefined;
  return providerBehind(rules, pattern.exec(model));
}

/** `gpt-4o` for `openai/gpt-4o`, `@openai/gpt-4o` and `gpt-4o/openai`; any other name as it is. */
function withoutUpstream(rules: Intermediary, model: string, upstream: ProviderRow): string {
  if (providerBehind(rules, rules.model?.pattern.exec(model) ?? null) !== upstream) return model;
  const slash = model.indexOf('/');
  return rules === INTERMEDIARIES['helicone'] ? model.slice(0, slash) : model.slice(slash + 1);
}

function upstreamInHeaders(
  rules: Intermediary,
  headers: RoutedCall['headers'],
  path: string,
  recognise: Recognise,
): ProviderRow | undefined {
  for (const [name, kind] of rules.headers ?? []) {
    const value = sentHeader(headers, name);
    const provider = value === undefined ? undefined : HEADER_VALUES[kind](value, path, recognise);
    const row = provider === undefined ? undefined : providerNamed(rules.names?.[provider] ?? provider);
    if (row !== undefined) return row;
  }
  return undefined;
}

type ReadHeader = (value: string, path: string, recognise: Recognise) => string | undefined;

const HEADER_VALUES: Readonly<Record<'name' | 'url' | 'config', ReadHeader>> = {
  /** `openai`, or `@openai` for an account that is called like its provider. */
  name: (value) => value.replace(/^@/, ''),
  url: (value, path, recognise) => recognise(new URL(value).origin + path)?.provider,
  /** Options as JSON, or the id under which they are stored. */
  config(value) {
    const config = value.startsWith('{') ? parseJson(value) : undefined;
    return isObject(config) ? text(config['provider']) : undefined;
  },
};

/**
 * The value of a header, in any form that does not change when it is read: an iterator could be read only once.
 *
 * @param name - in lower case.
 */
function sentHeader(headers: RoutedCall['headers'], name: string): string | undefined {
  if (headers === undefined || headers === null) return undefined;
  if ('get' in headers && typeof headers.get === 'function')
    return (headers as HeadersLike).get(name) ?? undefined;
  if (!Array.isArray(headers) && Symbol.iterator in headers) return undefined;
  const entries: readonly (readonly unknown[])[] = Array.isArray(headers) ? headers : Object.entries(headers);
  const found = entries.find(([key]) => String(key).toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : undefined;
}
