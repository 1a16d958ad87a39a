import { waitForUpdate } from '@pydantic/genai-prices';
import { createRecognise, PROVIDERS, type ProviderRow } from '../support/provider-table.js';

/** A path of each API at which a chat is asked for. */
const PATHS = {
  openai: '/v1/chat/completions',
  anthropic: '/v1/messages',
  cohere: '/v2/chat',
  bedrock: '/model/m/converse',
  google: '/v1/projects/p/locations/l/publishers/google/models/m:generateContent',
} as const;

function duplicates(names: readonly string[]): readonly string[] {
  return names.filter((name, place) => names.indexOf(name) !== place);
}

function namesOf({ provider, genAiName, aliases = [] }: ProviderRow): readonly string[] {
  return [provider, ...(genAiName === undefined ? [] : [genAiName]), ...aliases];
}

describe('PROVIDERS', () => {
  it('has each host once, as URLs have it, with a * at most', () => {
    const hosts = PROVIDERS.flatMap((row) => row.hosts ?? []);
    expect(duplicates(hosts)).toEqual([]);
    expect(hosts.filter((host) => !/^[a-z0-9.-]*\*?[a-z0-9.-]+$/.test(host))).toEqual([]);
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
    const wrong = PROVIDERS.filter(({ hosts, apis }) => (hosts === undefined) !== (apis === undefined));
    expect(wrong).toEqual([]);
  });

  it.each(PROVIDERS.flatMap((row) => (row.hosts ?? []).map((host) => ({ ...row, host }))))(
    'recognises $host as $provider, with a wire format for each of its APIs',
    ({ host, provider, apis = [] }) => {
      const recognise = createRecognise();
      const targets = apis.map((api) => recognise(`https://${host.replace('*', 'x')}${PATHS[api]}`));

      expect(targets.map((target) => target?.provider)).toEqual(apis.map(() => provider));
      expect(targets.filter((target) => target?.format === undefined)).toEqual([]);
    },
  );
});
