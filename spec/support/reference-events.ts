/**
 * The reference: the data of each event of a stream, as the HTML standard interprets it, of the whole text at once.
 * The event at the end of a stream counts even without the blank line that should end it.
 */
export function readEvents(bytes: Uint8Array): string[] {
  const events: string[] = [];
  let data = '';
  const dispatch = (): void => {
    if (data !== '') events.push(data.slice(0, -1));
    data = '';
  };
  for (const line of new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    if (line === '') dispatch();
    else if (colon !== 0) {
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'data') data += `${value}\n`;
    }
  }
  dispatch();
  return events;
}
