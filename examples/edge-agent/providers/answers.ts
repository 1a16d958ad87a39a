import { pick, type Random } from '../random.js';

const OPENINGS = [
  'Yes, that is possible.',
  'In short: it depends on the plan you are on.',
  'Thank you for asking.',
  'There are two ways to do that.',
  'This happens when a setting was changed recently.',
] as const;

const MIDDLES = [
  'Open the account page, choose the section you want, and confirm with your password.',
  'The change takes effect within five minutes and applies to every member of the team.',
  'You will receive a message once it has been processed, usually on the same day.',
  'If nothing happens, sign out and in again, since the old session keeps the old settings.',
  'Invoices that were already issued stay as they are; the next one shows the difference.',
  'An administrator has to approve it first, which the status line at the top will tell.',
  'Nothing is lost meanwhile: drafts and exports are kept for thirty days.',
] as const;

const CLOSINGS = [
  'Let me know how it goes.',
  'Is there anything else?',
  'The handbook has a picture of each step.',
] as const;

/** Tokens in each event of a stream. */
export const TOKENS_PER_EVENT = 4;

/** Both loopback providers count about four characters to a token, as English text does on average. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** An answer of a support agent: 2 to 6 sentences, cut off at the limit like a model would. */
export function writeAnswer(random: Random, tokensMax: number): { text: string; isCutOff: boolean } {
  const sentences: string[] = [pick(random, OPENINGS)];
  const middles = 1 + Math.floor(random() * 4);
  for (let count = 0; count < middles; count += 1) sentences.push(pick(random, MIDDLES));
  sentences.push(pick(random, CLOSINGS));
  const text = sentences.join(' ');
  const isCutOff = countTokens(text) > tokensMax;
  return { text: isCutOff ? text.slice(0, tokensMax * 4) : text, isCutOff };
}

/** The text in the pieces in which a stream hands it out. */
export function cutIntoPieces(text: string): string[] {
  const pieces: string[] = [];
  const charactersPerPiece = TOKENS_PER_EVENT * 4;
  for (let from = 0; from < text.length; from += charactersPerPiece) {
    pieces.push(text.slice(from, from + charactersPerPiece));
  }
  return pieces;
}
