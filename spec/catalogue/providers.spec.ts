import { waitForUpdate } from '@pydantic/genai-prices';
import { createRecognise, PROVIDERS, type ProviderRow } from '../support/provider-table.js';

/** A path of each API at which a chat is asked for. */
const PATHS = {
  openai: '/v1/chat/completions',
  anthropic: '/v1/messages',
  cohere: '/v2/chat',
  ollama: '/api/chat',
  vercel: '/v3/ai/language-model',
  mistral: '/v1/conversations',
  replicate: '/v1/predictions',
  huggingface: '/generate',
  bedrock: '/model/m/converse',
  google: '/v1/projects/p/locations/l/publishers/google/models/m:generateContent',
  cloudflare: '/client/v4/accounts/a/ai/run/@cf/meta/llama-3.1-8b-instruct',
  typesafe: '/v1/systemone',
} as const;

/** Providers of the price list without a host, and why. */
const WITHOUT_HOST: Readonly<Record<string, string>> = {
  cursor: 'its API starts agents that report their usage later; no call to a model leaves the program',
};

function duplicates(names: readonly string[]): readonly string[] {
  return names.filter((name, place) => names.indexOf(name) !== place);
}

function namesOf({ provider, genAiName, aliases = [] }: ProviderRow): readonly string[] {
  return [provider, ...(genAiName === undefined ? [] : [genAiName]), ...aliases];
}

describe('PROVIDERS', () => {
  it('has each host once, as URLs have it, with two * at most and a domain after them', () => {
    const hosts = PROVIDERS.flatMap((row) => row.hosts ?? []);
    expect(duplicates(hosts)).toEqual([]);
    const form = /^[a-z0-9.-]*(\*[a-z0-9.-]*){0,2}\.[a-z0-9]+(\/[a-z0-9-]+)*$/;
    expect(hosts.filter((host) => !form.test(host))).toEqual([]);
  });

  it('has each port of a local server once', () => {
    expect(duplicates(PROVIDERS.flatMap(({ localPort = [] }) => localPort).map(String))).toEqual([]);
  });

  it('has a host for each provider of the price list, as the list itself recognises it', async () => {
    const listed = (await waitForUpdate()) ?? [];
    const rows = new Map(PROVIDERS.map((row) => [row.priceListName ?? row.provider, row]));
    const without = listed.filter(({ id }) => (rows.get(id)?.hosts ?? []).length === 0);
    expect(without.map(({ id }) => id)).toEqual(Object.keys(WITHOUT_HOST));

    const unlike = listed.filter(({ id, api_pattern }) => {
      const hosts = PROVIDERS.filter((row) => (row.priceListName ?? row.provider) === id).flatMap(
        (row) => row.hosts ?? [],
      );
      const urls = hosts.map((host) => `https://${host.replaceAll('*', 'x')}/client/v4/accounts/x/ai/run`);
      return hosts.length > 0 && !urls.some((url) => new RegExp(api_pattern).test(url));
    });
    expect(unlike.map(({ id }) => id)).toEqual([]);
  });

  it('has each name once, as it is looked up', () => {
    const names = PROVIDERS.flatMap(namesOf);
    expect(duplicates(names)).toEqual([]);
    expect(names.filter((name) => name !== name.trim().toLowerCase())).toEqual([]);
  });

  it('says of each provider how the price list calls it, or that it has none', async () => {
    const listed = new Set(((await waitForUpdate()) ?? []).map(({ id }) => id));
    const wrong = PROVIDERS.filter(({ provider, priceListName }) =>
      priceListName === null ? listed.has(provider) : !listed.has(priceListName ?? provider),
    );
    expect(wrong).toEqual([]);
  });

  it('says no name twice where it is that of the row', () => {
    const wrong = PROVIDERS.filter((row) => [row.genAiName, row.priceListName].includes(row.provider));
    expect(wrong).toEqual([]);
  });

  it('says of each host what it speaks, and of nothing else', () => {
    const wrong = PROVIDERS.filter(
      ({ hosts, localPort, apis }) => (hosts ?? localPort) === undefined || apis === undefined,
    ).filter(({ hosts, localPort, apis }) => (hosts ?? localPort ?? apis) !== undefined);
    expect(wrong).toEqual([]);
  });

  it.each(PROVIDERS.flatMap((row) => (row.hosts ?? []).map((host) => ({ ...row, host }))))(
    'recognises $host as $provider, with a wire format for each of its APIs',
    ({ host, provider, apis = [] }) => {
      const recognise = createRecognise();
      const targets = apis.map((api) => recognise(`https://${host.replaceAll('*', 'x')}${PATHS[api]}`));

      expect(targets.map((target) => target?.provider)).toEqual(apis.map(() => provider));
      expect(targets.filter((target) => target?.format === undefined)).toEqual([]);
    },
  );
});
