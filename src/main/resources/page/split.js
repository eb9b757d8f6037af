// Who gets what: how many users get each variant, compared with the configured shares.
import { html, svg, nothing } from './lit-html.js';
import { colours, percent, swatch } from './bar.js';
import { send, simulation } from './request.js';

export const MOST_USERS = 10_000;

// Below this p-value of one flag, a sample ratio mismatch is suspected. With several flags, one is below it by chance more
// often, so it is divided by their number (Bonferroni).
const SUSPICIOUS = 0.01;

// Runs a simulation and reports each message of it; rejects with an Error whose message is for people.
export async function simulate(form, users, base, signal, report) {
  const response = await send(simulation(form, users, base), signal);
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(answer.error?.message ? `${response.status}: ${answer.error.message}` : `Unexpected status ${response.status}.`);
  }
  let rest = '';
  let ended = false;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? '')).split('\n');
    rest = done ? '' : lines.pop();
    for (const line of lines.filter((line) => line !== '')) {
      const message = JSON.parse(line);
      if (message.type === 'error') {
        throw new Error(message.message);
      }
      ended ||= message.type === 'end';
      report(message);
    }
    if (done) {
      if (!ended) {
        throw new Error('The answer is incomplete.');
      }
      return;
    }
  }
}

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: 1 });

export const results = (run) =>
  run.results.length === 0
    ? nothing
    : html`
        <p class="hint">
          Full colour: drawn by a bucket. Pale: assigned by a segment without a bucket. Mark: expected from the shares of the bucket.
        </p>
        ${run.results.map((result) => flag(result, SUSPICIOUS / Math.max(1, run.results.filter(({ p }) => p !== undefined).length)))}
      `;

function flag({ flag, users, drawn, variants, unreachable = [], p, chiSquare, degrees }, limit) {
  const colour = colours(variants.filter(({ variant }) => variant !== undefined).map(({ variant }) => variant));
  const most = Math.max(1, ...variants.map(({ seen, drawn, expected }) => Math.max(seen, drawn, expected)));
  return html`
    <section class="split">
      <h2 class="flag-key">${flag}</h2>
      <table>
        <caption class="unseen">
          Users of ${flag} for each variant
        </caption>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col" class="amount">Users</th>
            <th scope="col" class="amount">Drawn</th>
            <th scope="col" class="amount">Expected</th>
          </tr>
        </thead>
        <tbody>
          ${variants.map((each) => row(each, { users, drawn, most, colour: colour(each.variant) }))}
        </tbody>
      </table>
      ${unreachable.length > 0
        ? html`<p class="verdict suspicious"><strong>No user can get ${unreachable.join(', ')}.</strong> No segment assigns ${unreachable.length === 1 ? 'it' : 'them'}.</p>`
        : nothing}
      ${verdict({ drawn, p, chiSquare, degrees, limit })}
    </section>
  `;
}

// The bucket drew the solid part: compare its end with the mark. Conditions assigned the pale rest.
const row = ({ variant, seen, drawn, expected }, { users, drawn: allDrawn, most, colour }) => html`
  <tr>
    <th scope="row">${swatch(colour)} ${variant === undefined ? html`<em>none</em>` : variant}</th>
    <td class="amount">${number(seen)} <span class="share">${percent(seen / users)}</span></td>
    <td class="amount">${allDrawn === 0 ? '–' : number(drawn)}</td>
    <td class="amount">${allDrawn === 0 ? '–' : number(expected)}</td>
  </tr>
  <tr class="chart" aria-hidden="true">
    <td colspan="4">
      <svg class="bars">
        <rect class="bars-ground" y="4" width="100%" height="14" rx="3"></rect>
        <rect class="${colour} pale" y="4" width="${(100 * seen) / most}%" height="14"></rect>
        <rect class=${colour} y="4" width="${(100 * drawn) / most}%" height="14"></rect>
        ${expected > 0 ? svg`<rect class="expected" x="${(99.4 * expected) / most}%" width="3" height="22"></rect>` : nothing}
      </svg>
    </td>
  </tr>
`;

function verdict({ drawn, p, chiSquare, degrees, limit }) {
  if (p === undefined) {
    return html`<p class="verdict">
      ${drawn === 0 ? 'No user was drawn by a bucket, so there is nothing to check.' : 'Too few users or variants were drawn for a check.'}
    </p>`;
  }
  const shown = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
  const chance =
    p < 0.001 ? 'in fewer than one in 1,000 runs' : `in ${percent(p, p < 0.1 ? 1 : 0)} of all runs`;
  const evidence = html`<span class="evidence">${shown}, χ² = ${chiSquare.toFixed(2)}, ${degrees} degree${degrees === 1 ? '' : 's'} of freedom</span>`;
  return p < limit
    ? html`<p class="verdict suspicious">
        <strong>Sample ratio mismatch suspected.</strong> Chance alone causes a split this far from the shares ${chance}.
        ${evidence}
      </p>`
    : html`<p class="verdict">
        <strong>The split fits the shares.</strong> Chance alone causes a split at least this far from them ${chance}.
        ${evidence}
      </p>`;
}
