/** How far the clocks of a time zone are ahead of UTC at a moment, in milliseconds. */
export type ZoneOffset = (atMs: number) => number;

/** The default time zone of a budget, and the only one that needs no data. */
export const UTC = 'UTC';

/** `GMT+05:30` or `GMT`, for example; some zones once had offsets with seconds. */
const OFFSET = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/;

/** Whether a value is the name of a time zone that this process has data for. Offsets such as `+01:00` are not names. */
export function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string' || !/^[a-z]/i.test(name)) return false;
  try {
    formatIn(name);
    return true;
  } catch {
    // The error says nothing but that there is no such zone.
    return false;
  }
}

/** Makes the function that returns the offset of a time zone. A call takes microseconds: one for each window is enough. */
export function createZoneOffset(timeZone: string): ZoneOffset {
  if (timeZone === UTC) return () => 0;
  const format = formatIn(timeZone);
  return (atMs) => {
    // An invalid date has no offset, and `format` would throw.
    if (Number.isNaN(new Date(atMs).getTime())) return 0;
    const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(format.format(atMs)) ?? [];
    const size = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
    return sign === '-' ? -size : size;
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
}
