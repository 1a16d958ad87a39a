import { byId, setText } from './dom-elements.js';
import { formatClock, formatTime } from './format-value.js';
import type { Connection } from './status-poller.js';

/** Shows how it stands with the server. Only a change is announced: the time of the last answer is outside the live region. */
export function showConnection(connection: Connection, collectedAt: number | undefined): void {
  const badge = byId('connection');
  badge.dataset['tone'] = { live: 'good', token: 'unknown', gone: 'bad' }[connection.kind];
  setText(byId('connection-text'), textOf(connection));
  setText(
    byId('updated'),
    collectedAt === undefined || connection.kind !== 'live' ? '' : formatClock(collectedAt),
  );

  const notice = byId('notice');
  notice.hidden = connection.kind !== 'gone';
  if (connection.kind === 'gone') {
    const since = formatTime(connection.since, Date.now());
    const picture =
      collectedAt === undefined ? '' : ` The values shown are from ${formatTime(collectedAt, Date.now())}.`;
    setText(
      notice,
      `${connection.reason} (since ${since}).${picture} The page keeps retrying and resumes automatically.`,
    );
  }
  showTokenForm(connection);
}

function textOf(connection: Connection): string {
  if (connection.kind === 'live') return 'Live';
  return connection.kind === 'token' ? 'Needs a token' : `No status since ${formatClock(connection.since)}`;
}

function showTokenForm(connection: Connection): void {
  const form = byId('token-form');
  const input = byId<HTMLInputElement>('token');
  const isWrong = connection.kind === 'token' && connection.isWrong;
  const wasHidden = form.hidden;
  form.hidden = connection.kind !== 'token';
  setText(byId('token-error'), isWrong ? 'The server refuses this token.' : '');
  input.setAttribute('aria-invalid', `${isWrong}`);
  if (connection.kind !== 'token') input.value = '';
  else if (wasHidden || isWrong) input.focus();
}

/** Calls back with each token that is entered. */
export function onToken(use: (token: string) => void): void {
  byId('token-form').addEventListener('submit', (event) => {
    event.preventDefault();
    use(byId<HTMLInputElement>('token').value);
  });
}
