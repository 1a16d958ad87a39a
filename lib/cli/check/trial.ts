/** What came of trying one thing that a setting names. */
export interface Trial {
  /** What was tried, such as `spans` or `port`. */
  readonly subject: string;
  /** `skipped` where nothing names such a thing. */
  readonly state: 'ok' | 'wrong' | 'skipped';
  /** What was seen, and what to change; without secrets. */
  readonly text: string;
}

export function ok(subject: string, text: string): Trial {
  return { subject, state: 'ok', text };
}

export function wrong(subject: string, text: string): Trial {
  return { subject, state: 'wrong', text };
}

export function skipped(subject: string, text: string): Trial {
  return { subject, state: 'skipped', text };
}
