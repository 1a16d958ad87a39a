import { DiagLogLevel, diag } from '@opentelemetry/api';

/** What the package told the diagnostic log: level and text, without the name of the package. */
export interface CapturedLog {
  readonly lines: readonly string[];
  /** Gives the log back. */
  release(): void;
}

/** Takes the diagnostic log until it is released. */
export function captureLog(): CapturedLog {
  const lines: string[] = [];
  const line =
    (level: string) =>
    (_namespace: string, ...rest: unknown[]): void => {
      lines.push(`${level}: ${String(rest[0])}`);
    };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: line('error'), warn: line('warn'), info: line('info'), debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  return { lines, release: () => diag.disable() };
}
