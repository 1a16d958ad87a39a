/** Milliseconds of the machine's monotonic clock, which all its processes and threads share. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
