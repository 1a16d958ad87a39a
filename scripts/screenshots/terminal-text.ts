/** A piece of what a program wrote on a terminal, in one style. */
export interface TerminalRun {
  readonly text: string;
  /** CSS colours; absent where the terminal's own holds. */
  readonly color?: string | undefined;
  readonly background?: string | undefined;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
}

type Style = Omit<TerminalRun, 'text'>;

/** The eight colours of a terminal, and the bright ones after them. */
const COLORS = [
  ...['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ...['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#f0f6fc'],
];
/** Steps of the colour cube of a terminal with 256 colours. */
const CUBE = [0, 95, 135, 175, 215, 255];

/** Reads the colours out of a text for a terminal; other control sequences are left out. */
export function readTerminalText(text: string): TerminalRun[] {
  const runs: TerminalRun[] = [];
  let style: Style = {};
  // Control sequences at the odd places: parameters, then the letter that says what they do.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that are read.
  const parts = text.replaceAll('\r', '').split(/\u001b\[([0-9;?]*)([A-Za-z])/);
  for (let at = 0; at < parts.length; at += 3) {
    const piece = parts[at] ?? '';
    if (piece !== '') runs.push({ ...style, text: piece });
    if (parts[at + 2] === 'm') style = applyCodes(style, (parts[at + 1] ?? '').split(';').map(Number));
  }
  return runs;
}

function applyCodes(before: Style, codes: readonly number[]): Style {
  let style = before;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const [color, length] = extendedColor(codes.slice(at + 1));
      style = code === 38 ? { ...style, color } : { ...style, background: color };
      at += length;
    } else style = applyCode(style, code);
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return {};
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 7) return { ...style, color: '#0d1117', background: style.color ?? '#e6edf3' };
  if (code === 27) return { ...style, color: undefined, background: undefined };
  if (code === 39) return { ...style, color: undefined };
  if (code === 49) return { ...style, background: undefined };
  const bright = code >= 90 ? 8 : 0;
  const [color] = [COLORS[bright + (code % 10)]];
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, color };
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...style, background: color };
  return style;
}

/** `5;n` of 256 colours, or `2;r;g;b`; with how many codes it takes. */
function extendedColor([kind, ...rest]: readonly number[]): [string | undefined, number] {
  if (kind === 2) return [`rgb(${rest.slice(0, 3).join(' ')})`, 4];
  const [index = 0] = rest;
  if (index < COLORS.length) return [COLORS[index], 2];
  if (index >= 232) return [gray(8 + 10 * (index - 232)), 2];
  const cube = index - 16;
  const levels = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => CUBE[step]);
  return [`rgb(${levels.join(' ')})`, 2];
}

const gray = (level: number): string => `rgb(${level} ${level} ${level})`;
