/** The samples of an exposition by series text, comments left out. */
export function samplesOf(text: string): Readonly<Record<string, number>> {
  const samples: Record<string, number> = {};
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf(' ');
    samples[line.slice(0, at)] = Number(line.slice(at + 1));
  }
  return samples;
}

/** Scrapes a URL and returns its samples. */
export async function scrape(url: string | undefined): Promise<Readonly<Record<string, number>>> {
  if (url === undefined) throw new Error('no port was opened');
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`the scrape answered ${response.status}`);
  return samplesOf(await response.text());
}

/** The labels of a series as text: `name{a="1"}` gives `{ a: '1' }`. */
export function labelsOf(series: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of series.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
    labels[name] = value;
  return labels;
}
