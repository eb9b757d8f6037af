// The palette: flags, screens, projects and actions by a few letters of their names.
import { html, nothing } from './page/lit-html.js';
import { open } from './dialogs.js';
import { go } from './router.js';
import { can } from './session.js';
import { address } from './screens/flags/rows.js';
import { openCreate } from './screens/flags/create.js';
import { byId, summaries } from './summaries.js';

const MOST_RESULTS = 40;
const MOST_RECENT = 8;

// How well a query fits a text, both in lower case: 0 if its letters are not there in order; more for whole words, starts
// of words and letters in a row.
export function fit(query, text) {
  const at = text.indexOf(query);
  if (at >= 0) {
    return (at === 0 ? 1_000 : startsWord(text, at) ? 800 : 600) - Math.min(text.length, 200);
  }
  let score = 0;
  let from = 0;
  let previous = -2;
  for (const letter of query) {
    if (letter === ' ') {
      continue;
    }
    const found = text.indexOf(letter, from);
    if (found < 0) {
      return 0;
    }
    score += found === previous + 1 ? 8 : startsWord(text, found) ? 6 : 1;
    previous = found;
    from = found + 1;
  }
  return Math.max(1, score - text.length / 20);
}

const startsWord = (text, at) => at === 0 || !/[a-z0-9]/.test(text[at - 1]);

// project, projects, screens: as the shell has them. actions: [{label, run}].
export function openPalette({ project, projects, screens, actions = [] }) {
  const state = { query: '', active: 0 };
  const other = [
    ...screens.map(({ name, label, ofProject }) => ({ kind: 'Screen', label, run: () => go({ project: ofProject ? project : undefined, screen: name }) })),
    ...(project !== undefined && can('write', project)
      ? ['experiment', 'flag'].map((type) => ({ kind: 'Action', label: `New ${type}`, run: () => void openCreate({ project, type }) }))
      : []),
    ...projects
      .filter(({ id }) => id !== project)
      .map(({ id, name }) => ({ kind: 'Project', label: name || `Project ${id}`, second: name ? id : '', run: () => go({ project: id, screen: 'flags' }) })),
    ...actions.map(({ label, run }) => ({ kind: 'Action', label, run })),
  ];

  const ofFlag = (row) => ({
    kind: row.type === 'experiment' ? 'Experiment' : 'Flag',
    label: row.name || row.key,
    second: row.name && row.name !== row.key ? row.key : '',
    mark: row.archived ? 'archived' : '',
    run: () => go(address(project, byId(project, row.id) ?? row)),
  });

  let found = { query: undefined, rows: undefined, results: [] };

  function results() {
    const rows = project === undefined ? [] : summaries(project).rows;
    const query = state.query.trim().toLowerCase();
    if (found.query !== query || found.rows !== rows) {
      found = { query, rows, results: query === '' ? [...other, ...rows.slice(0, MOST_RECENT).map(ofFlag)] : search(query, rows) };
    }
    return found.results;
  }

  function search(query, rows) {
    const scored = [];
    for (const row of rows) {
      const score = Math.max(fit(query, row.key.toLowerCase()), row.name ? fit(query, row.name.toLowerCase()) : 0);
      if (score > 0) {
        scored.push([row.archived ? score / 2 : score, row, ofFlag]);
      }
    }
    for (const each of other) {
      const score = fit(query, `${each.label} ${each.second ?? ''}`.trim().toLowerCase());
      if (score > 0) {
        // Before a flag that fits as well: there are few of these.
        scored.push([score + 50, each, (result) => result]);
      }
    }
    return scored
      .sort(([a], [b]) => b - a)
      .slice(0, MOST_RESULTS)
      .map(([, value, make]) => make(value));
  }

  return open({
    title: 'Go to anything',
    content(close, draw) {
      const shown = results();
      const active = Math.min(state.active, shown.length - 1);
      const choose = (result) => {
        close();
        result.run();
      };
      const move = (to) => {
        state.active = (to + shown.length) % Math.max(1, shown.length);
        draw();
        document.getElementById(`option-${state.active}`)?.scrollIntoView({ block: 'nearest' });
      };
      const keydown = (event) => {
        const steps = { ArrowDown: active + 1, ArrowUp: active - 1 };
        if (event.key in steps) {
          event.preventDefault();
          move(steps[event.key]);
        } else if (event.key === 'Enter' && !event.isComposing && shown[active] !== undefined) {
          event.preventDefault();
          choose(shown[active]);
        }
      };
      return html`
        <div class="palette">
          <input id="palette" role="combobox" aria-label="Flag, screen, project or action" aria-expanded="true" aria-controls="palette-options"
            aria-autocomplete="list" aria-activedescendant=${active < 0 ? nothing : `option-${active}`} autocomplete="off" spellcheck="false" autofocus
            placeholder="Flag, screen, project or action" .value=${state.query} @keydown=${keydown}
            @input=${(event) => {
              state.query = event.target.value;
              state.active = 0;
              draw();
              document.getElementById('palette-options').scrollTop = 0;
            }}>
          <ul id="palette-options" role="listbox" aria-label="Results">
            ${shown.map(
              (result, index) => html`
                <li id="option-${index}" role="option" aria-selected=${index === active} @click=${() => choose(result)}
                  @pointermove=${() => index !== active && ((state.active = index), draw())}>
                  <span class="option-label">${result.label}</span>
                  ${result.second ? html`<code>${result.second}</code>` : nothing}
                  ${result.mark ? html`<span class="flag-mark">${result.mark}</span>` : nothing}
                  <span class="fill"></span>
                  <span class="hint">${result.kind}</span>
                </li>
              `,
            )}
          </ul>
          <p class="hint" role="status">${shown.length === 0 ? 'Nothing matches.' : html`<kbd>↑</kbd> <kbd>↓</kbd> to choose, <kbd>Enter</kbd> to go there`}</p>
        </div>
      `;
    },
  });
}
