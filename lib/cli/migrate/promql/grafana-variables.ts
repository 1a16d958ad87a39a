/** `$name`, `${name}`, `${name:format}` and `[[name]]`, with the formats and fields that Grafana allows. */
const VARIABLE = /\$\{[\w.]+(?:\[[^\]]*\])?(?::\w+)*\}|\$\w+|\[\[\w+(?::\w+)?\]\]/y;

/** Whether a text contains a variable of Grafana. */
export function hasVariable(text: string): boolean {
  return /\$\{?[A-Za-z_]|\[\[\w/.test(text);
}

/**
 * Replaces Grafana's variables outside of strings by PromQL of the same length, so that the query parses and every
 * place in it stays where it is: a duration in brackets, a number behind `@`, a string behind a match operator, and
 * elsewhere a name.
 */
export function maskVariables(query: string): string {
  let masked = '';
  let quote = '';
  let depth = 0;
  for (let index = 0; index < query.length; ) {
    const character = query[index] ?? '';
    if (quote !== '') {
      const length = character === '\\' && quote !== '`' ? 2 : 1;
      masked += query.slice(index, index + length);
      if (character === quote) quote = '';
      index += length;
      continue;
    }
    VARIABLE.lastIndex = index;
    const variable = VARIABLE.exec(query)?.[0];
    if (variable !== undefined) {
      masked += maskOf(
        variable.length,
        masked.slice(-CONTEXT_LENGTH),
        query[index + variable.length] ?? '',
        depth > 0,
      );
      index += variable.length;
      continue;
    }
    if (character === '#') {
      const end = query.indexOf('\n', index);
      masked += query.slice(index, end < 0 ? query.length : end);
      index = end < 0 ? query.length : end;
      continue;
    }
    if (character === '"' || character === "'" || character === '`') quote = character;
    if (character === '[') depth += 1;
    if (character === ']') depth -= 1;
    masked += character;
    index += 1;
  }
  return masked;
}

/** So much of the query before a variable says what it stands for. */
const CONTEXT_LENGTH = 200;

function maskOf(length: number, before: string, next: string, inBrackets: boolean): string {
  if (inBrackets || /\boffset\s+-?\s*$/.test(before)) {
    return /[smhdwy]/.test(next) ? '1'.padStart(length, '0') : `${'1'.padStart(length - 1, '0')}s`;
  }
  if (/@\s*$/.test(before)) return '1'.padStart(length, '0');
  const isValue = /[=!]~\s*$|[{,]\s*\w+\s*!?=\s*$/.test(before);
  return isValue ? `"${'x'.repeat(length - 2)}"` : 'x'.repeat(length);
}
