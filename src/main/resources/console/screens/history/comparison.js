// Any two versions of a resource beside each other.
import { html, nothing } from '../../page/lit-html.js';
import { get, path } from '../../api.js';
import { parse } from '../../exact.js';
import { problem } from '../../problems.js';
import { place, refine } from '../../router.js';
import { ago } from '../../times.js';
import { bothDifferences } from './story.js';

// More versions are not offered one by one.
const MOST_CHOICES = 1_000;

// collection and id name the resource; entries() are the known entries of its audit. The versions are in the address, as
// ?compare=2,4.
export function comparison({ collection, id, newest, entries }, draw) {
  const state = { asked: undefined, found: undefined, failure: undefined };

  const chosen = () => {
    const [from, to] = (place().query.get('compare') ?? '').split(',').map(Number);
    return Number.isInteger(from) && Number.isInteger(to) && from > 0 && to > 0 ? { from, to } : undefined;
  };

  const choose = (from, to) => {
    const { query } = place();
    if (from === undefined) {
      query.delete('compare');
    } else {
      query.set('compare', `${from},${to}`);
    }
    refine(query);
    draw();
  };

  async function load({ from, to }) {
    const asked = `${from},${to}`;
    if (state.asked === asked) {
      return;
    }
    Object.assign(state, { asked, found: undefined, failure: undefined });
    try {
      const { text } = await get(path(collection, id, 'versions', from, 'diff', to));
      if (state.asked === asked) {
        state.found = parse(text, ['before', 'after']);
      }
    } catch (failure) {
      if (state.asked === asked) {
        state.failure = failure;
      }
    }
    draw();
  }

  const label = (version) => {
    const entry = entries().find((each) => each.version === version);
    return entry ? `${version}, ${ago(entry.at)} by ${entry.actor}` : `${version}`;
  };

  const choice = (name, value, change) => html`
    <div class="field">
      <label for="compare-${name}">${name === 'from' ? 'Version' : 'with version'}</label>
      <select id="compare-${name}" @change=${(event) => change(Number(event.target.value))}>
        ${Array.from({ length: Math.min(newest(), MOST_CHOICES) }, (_, i) => newest() - i).map(
          (version) => html`<option value=${version} ?selected=${version === value}>${label(version)}</option>`,
        )}
      </select>
    </div>
  `;

  function view() {
    const pair = chosen();
    if (newest() < 2) {
      return nothing;
    }
    if (pair === undefined) {
      return html`<div class="actions"><button type="button" @click=${() => choose(newest() - 1, newest())}>Compare two versions</button></div>`;
    }
    load(pair);
    return html`
      <section class="card comparison" aria-label="Comparison of two versions">
        <div class="comparison-head">
          ${choice('from', pair.from, (from) => choose(from, pair.to))}
          ${choice('to', pair.to, (to) => choose(pair.from, to))}
          <button type="button" @click=${() => choose()}>Close</button>
        </div>
        ${state.failure ? problem(state.failure) : state.found ? bothDifferences(state.found) : html`<p class="hint">Comparing…</p>`}
      </section>
    `;
  }

  return { view, choose };
}
