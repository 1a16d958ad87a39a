/** How far the clocks of a time zone are ahead of UTC at a moment, in milliseconds. */
export type ZoneOffset = (atMs: number) => number;

/** A budget's time zone unless it names one; the only one that needs no data. */
export const UTC = 'UTC';

/** Such as `GMT+05:30`, or `GMT` alone; seconds where a zone had some. */
const OFFSET = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/;

/** Whether a text names a time zone that this process has data of. Offsets such as `+01:00` are no names. */
export function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string' || !/^[a-z]/i.test(name)) return false;
  try {
    formatIn(name);
    return true;
  } catch {
    // What it throws says no more than that there is no such zone.
    return false;
  }
}

/** Makes the offset of a time zone. It takes microseconds to ask: ask once for each window. */
export function createZoneOffset(timeZone: string): ZoneOffset {
  if (timeZone === UTC) return () => 0;
  const format = formatIn(timeZone);
  return (atMs) => {
    // A clock that shows no date has no offset either.
    if (Number.isNaN(new Date(atMs).getTime())) return 0;
    const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(format.format(atMs)) ?? [];
    const size = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
    return sign === '-' ? -size : size;
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
}
