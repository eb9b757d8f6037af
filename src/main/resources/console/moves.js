// Who moves if writes are saved: the answer of POST /api/1/preview as it arrives.
import { html, nothing } from './page/lit-html.js';
import { Failure, lines } from './api.js';
import { JsonText, stringify } from './exact.js';
import { problem } from './problems.js';

const USERS = 10_000;
const MOST_FLAGS_SHOWN = 20;

const REASONS = {
  'individual-inclusion': 'included individually',
  'flag-dependency': 'decided by a prerequisite or group',
  'sticky-bucketing': 'kept from before',
  segment: 'segment',
  'not-allocated': 'not allocated by segment',
  'no-bucketing-value': 'lacks the bucketing key in segment',
  fallthrough: 'segment',
  'no-match': 'no segment matches',
  error: 'cannot be evaluated',
};

// Starts a preview; returns its state, which changes while lines arrive. draw: called after each change.
// context: JSON text of the properties that all users have.
export function startPreview({ project, writes, identity = 'user_id', context }, draw) {
  const stop = new AbortController();
  const state = { total: USERS, done: 0, flags: [], moved: undefined, failure: undefined, running: true, stop: () => stop.abort() };
  const users = { generate: { count: USERS }, identity, context: context && new JsonText(context) };
  read(state, stringify({ project, writes, users }), stop.signal, draw).then(
    () => {
      state.running = false;
      draw();
    },
    (failure) => {
      state.running = false;
      if (!stop.signal.aborted) {
        state.failure = failure instanceof Failure ? failure : new Failure(0, { message: failure.message });
        draw();
      }
    },
  );
  return state;
}

async function read(state, text, signal, draw) {
  for await (const line of lines('POST', 'preview', { text, signal })) {
    switch (line.type) {
      case 'begin':
        state.total = line.users;
        break;
      case 'progress':
        state.done = line.done;
        break;
      case 'flag':
        state.flags.push(line);
        break;
      case 'end':
        state.done = line.done;
        state.moved = line.moved;
        break;
      default:
        throw new Failure(0, { code: line.code, message: line.message });
    }
    draw();
  }
}

const number = (value) => value.toLocaleString('en');
const variant = (key) => (key === undefined || key === null ? html`<em>none</em>` : key);

// retry(): starts it again.
export function movesView(state, retry) {
  const { total, done, flags, moved, failure, running } = state;
  if (failure !== undefined) {
    return problem(failure, retry);
  }
  return html`
    ${running
      ? html`<p class="hint" role="status">
          ${number(done)} of ${number(total)} users… <progress max=${total} value=${done} aria-label="Users compared"></progress>
        </p>`
      : html`<p role="status">
          ${moved === 0 || moved === undefined
            ? flags.every(({ canMove }) => !canMove)
              ? 'Nobody can move: the rules stay equal.'
              : html`None of ${number(total)} example users moves.`
            : html`<strong>${number(moved)} of ${number(total)}</strong> example users get another variant.`}
        </p>`}
    ${flags.slice(0, MOST_FLAGS_SHOWN).map(flagView)}
    ${flags.length > MOST_FLAGS_SHOWN ? html`<p class="hint">And ${flags.length - MOST_FLAGS_SHOWN} more flags.</p>` : nothing}
  `;
}

function flagView({ flag, change, canMove, moved, moves = [] }) {
  if (!canMove) {
    return html`<p><code>${flag}</code>: nobody can move; only payloads or metadata differ.</p>`;
  }
  const from = [...new Set(moves.map((move) => move.from))];
  const to = [...new Set([...from, ...moves.map((move) => move.to)])];
  const cell = (row, column) => moves.find((move) => move.from === row && move.to === column);
  const examples = moves.filter((move) => move.from !== move.to && move.examples?.length > 0);
  return html`
    <div class="table">
      <table class="moves">
        <caption><code>${flag}</code>${change === 'dependent' ? ', which depends on it' : ''}: ${moved === 0 ? 'nobody moves' : `${number(moved)} move`}</caption>
        <thead>
          <tr>
            <th scope="col">now ↓ then →</th>
            ${to.map((key) => html`<th scope="col" class="amount">${variant(key)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${from.map(
            (row) => html`
              <tr>
                <th scope="row">${variant(row)}</th>
                ${to.map((column) => {
                  const users = cell(row, column)?.users ?? 0;
                  return html`<td class="amount ${users > 0 && row !== column ? 'moving' : ''}">${users === 0 ? '·' : number(users)}</td>`;
                })}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
    ${examples.length === 0
      ? nothing
      : html`
          <details class="examples">
            <summary>Examples</summary>
            <ul class="sentences">
              ${examples.flatMap(({ examples: some, from: before, to: after }) =>
                some.map(
                  (example) => html`<li>
                    <code>${example.user.user_id ?? example.user.device_id ?? `number ${example.user.number}`}</code>:
                    ${variant(before)} → ${variant(after)}${example.after ? ` (${why(example.after)})` : ''}
                  </li>`,
                ),
              )}
            </ul>
          </details>
        `}
  `;
}

// The outcome is missing where the flag is not served.
const why = (outcome) => {
  if (!outcome) {
    return 'the flag is not served';
  }
  const { reason, segmentName } = outcome;
  const words = REASONS[reason] ?? reason;
  return segmentName && /segment$/.test(words) ? `${words} “${segmentName}”` : words;
};
