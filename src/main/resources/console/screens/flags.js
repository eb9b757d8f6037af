// The flags and experiments of a project.
import { html, nothing } from '../page/lit-html.js';
import { known } from '../directory.js';
import { draftsOf } from '../drafts.js';
import { problem } from '../problems.js';
import { go, refine } from '../router.js';
import { can, who } from '../session.js';
import { summaries } from '../summaries.js';
import { bulkBar } from './flags/bulk.js';
import { openCreate } from './flags/create.js';
import * as filter from './flags/filter.js';
import { header, line, rowId, SORT_CHOICES } from './flags/rows.js';
import { rowHeight, space, windowOf } from './flags/window.js';

// Where somebody was in the list of a project, for the way back from a flag.
let left;

export const flags = { name: 'flags', label: 'Flags', ofProject: true, open };

function open(place, draw) {
  const { project } = place;
  const state = {
    filters: filter.filters(place.query),
    // Ids, so that rows may move while others change them.
    at: undefined,
    selected: new Set(),
    // Where a range starts: the row that was selected last.
    from: undefined,
    filtersOpen: false,
    // {rows, filters, result}
    matches: undefined,
  };

  const list = () => summaries(project);
  const mayWrite = can('write', project);
  const labelsOf = (row) => row.deployments.map((id) => labels().get(id)).filter((label) => label !== undefined);
  const maySelect = (row) => can('write', project, { key: row.key, deployments: labelsOf(row) });
  const deployments = () => known('deployments', project);

  let labelsFrom;
  let labelsById = new Map();
  function labels() {
    if (labelsFrom !== deployments()) {
      labelsFrom = deployments();
      labelsById = new Map(labelsFrom.map(({ id, label }) => [id, label]));
    }
    return labelsById;
  }

  // The rows that match. If others changed some, the row at the top of the window stays where it is.
  function matches() {
    const { rows } = list();
    const before = state.matches;
    if (before?.rows !== rows || before.filters !== state.filters) {
      const result = filter.shown(rows, state.filters, who()?.name);
      state.matches = { rows, filters: state.filters, result };
      if (before?.filters === state.filters && before.result.length > 0) {
        keepPlace(before.result, result);
      }
    }
    return state.matches.result;
  }

  function keepPlace(before, after) {
    const anchor = view.anchor();
    const row = anchor && before[anchor.index];
    const index = row ? after.findIndex(({ id }) => id === row.id) : -1;
    if (index >= 0 && index !== anchor.index) {
      requestAnimationFrame(() => view.restore({ index, distance: anchor.distance }));
    }
  }

  const view = windowOf({ find: () => document.getElementById('rows'), count: () => matches().length, draw });

  function changeFilters(changed) {
    state.filters = { ...state.filters, ...changed };
    refine(filter.parameters(state.filters));
    const top = document.getElementById('rows')?.getBoundingClientRect().top;
    if (top < 0) {
      scrollTo(0, 0);
    }
    draw();
    requestAnimationFrame(() => view.measure() && draw());
  }

  const clearFilters = () => changeFilters({ ...filter.filters(new URLSearchParams()), sort: state.filters.sort });

  // ---- Cursor

  const index = () => matches().findIndex(({ id }) => id === state.at);

  function moveTo(next) {
    const rows = matches();
    if (rows.length > 0) {
      const to = Math.max(0, Math.min(rows.length - 1, next));
      state.at = rows[to].id;
      view.reveal(to);
      document.getElementById('grid')?.focus({ preventScroll: true });
      draw();
    }
  }

  const step = (by) => moveTo(index() < 0 ? 0 : index() + by);
  const page = () => Math.max(1, Math.floor(innerHeight / rowHeight()) - 5);

  function openFlag() {
    const row = matches()[index()];
    if (row === undefined) {
      return false;
    }
    go({ project, screen: row.type, ids: [row.id] });
    return true;
  }

  const inGrid = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(page()),
    PageUp: () => step(-page()),
    Home: () => moveTo(0),
    End: () => moveTo(matches().length - 1),
    ' ': () => index() >= 0 && select(index(), false),
    Enter: openFlag,
  };

  function arriveInGrid() {
    if (index() < 0) {
      state.at = matches()[view.range()[0]]?.id;
      draw();
    }
  }

  function gridKey(event) {
    const run = event.target.id === 'grid' && !event.ctrlKey && !event.metaKey && !event.altKey ? inGrid[event.key] : undefined;
    if (run !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      run();
    }
  }

  // ---- Selection

  function select(at, isRange) {
    const rows = matches();
    const start = isRange ? rows.findIndex(({ id }) => id === state.from) : -1;
    const [low, high] = start < 0 ? [at, at] : [Math.min(start, at), Math.max(start, at)];
    const on = start >= 0 || !state.selected.has(rows[at].id);
    const selected = new Set(state.selected);
    for (const row of rows.slice(low, high + 1)) {
      if (!on) {
        selected.delete(row.id);
      } else if (maySelect(row)) {
        selected.add(row.id);
      }
    }
    state.selected = selected;
    state.from = rows[at].id;
    state.at = rows[at].id;
    draw();
  }

  function selectAll() {
    const all = matches().filter(maySelect);
    state.selected = all.length > 0 && all.every(({ id }) => state.selected.has(id)) ? new Set() : new Set(all.map(({ id }) => id));
    draw();
  }

  function selectNone() {
    state.selected = new Set();
    draw();
  }

  // true, false, or undefined for some of them.
  function allSelected() {
    if (state.selected.size === 0) {
      return false;
    }
    return state.selected.size >= matches().length && matches().every(({ id }) => state.selected.has(id)) ? true : undefined;
  }

  // A click opens a row, or selects while a modifier is held.
  function click(at, event) {
    if (event.target.closest('a, label') !== null || getSelection()?.type === 'Range') {
      return;
    }
    state.at = matches()[at].id;
    if (mayWrite && (event.shiftKey || event.ctrlKey || event.metaKey)) {
      select(at, event.shiftKey);
    } else {
      openFlag();
    }
  }

  const selection = () => list().rows.filter(({ id }) => state.selected.has(id));

  // ---- View

  const select1 = (label, name, options) => html`
    <label class="unseen" for="filter-${name}">${label}</label>
    <select id="filter-${name}" class=${state.filters[name] === '' ? '' : 'set'} @change=${(event) => changeFilters({ [name]: event.target.value })}>
      ${options.map(([value, words]) => html`<option value=${value} ?selected=${value === state.filters[name]}>${words}</option>`)}
    </select>
  `;

  const toggle = (label, name) => html`
    <button class="toggle" type="button" aria-pressed=${state.filters[name]} @click=${() => changeFilters({ [name]: !state.filters[name] })}>${label}</button>
  `;

  function filterBar(rows) {
    const set = Object.values(filter.parameters({ ...state.filters, q: '', sort: filter.DEFAULT_SORT })).filter(Boolean).length;
    const tags = filter.allTags(rows);
    return html`
      <div class="flag-filters" role="search">
        <label class="unseen" for="search">Search by key, name or tag</label>
        <div class="flag-search">
          <input id="search" type="search" placeholder="Search by key, name or tag" autocomplete="off" spellcheck="false" .value=${state.filters.q}
            @input=${(event) => changeFilters({ q: event.target.value })} @keydown=${searchKey}>
          <kbd aria-hidden="true">/</kbd>
        </div>
        <button class="more" type="button" aria-expanded=${state.filtersOpen} aria-controls="more-filters"
          @click=${() => {
            state.filtersOpen = !state.filtersOpen;
            draw();
          }}>Filters${set > 0 ? ` (${set})` : ''}</button>
        <div class="more-filters ${state.filtersOpen ? 'open' : ''}" id="more-filters">
          ${select1('Type', 'type', filter.TYPES)} ${select1('State', 'state', filter.STATES)}
          ${tags.length > 0 || state.filters.tag !== ''
            ? select1('Tag', 'tag', [['', 'Any tag'], ...[...new Set([...tags, state.filters.tag])].filter(Boolean).map((tag) => [tag, tag])])
            : nothing}
          ${deployments().length > 0
            ? select1('Deployment', 'deployment', [['', 'Any deployment'], ...deployments().filter(({ deleted }) => !deleted).map(({ id, label }) => [id, label])])
            : nothing}
          ${toggle('Stale', 'stale')} ${toggle('Changed by me', 'mine')}
          <span class="narrow-only">${select1('Order', 'sort', SORT_CHOICES)}</span>
          ${filter.isFiltered(state.filters) ? html`<button class="small" type="button" @click=${clearFilters}>Clear filters</button>` : nothing}
        </div>
      </div>
    `;
  }

  function searchKey(event) {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      moveTo(0);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      event.preventDefault();
      if (state.filters.q === '') {
        event.target.blur();
      } else {
        changeFilters({ q: '' });
      }
    }
  }

  const count = (shown, all) => {
    const words = (number) => number.toLocaleString('en');
    return shown === all ? `${words(all)} in this project` : `${words(shown)} of ${words(all)}`;
  };

  function empty() {
    const { rows, loading, failure } = list();
    if (loading) {
      return html`<p class="empty" role="status">Loading…</p>`;
    }
    if (failure !== undefined) {
      return nothing;
    }
    if (rows.length === 0) {
      return html`
        <div class="empty">
          <p class="empty-title">No flags yet</p>
          <p>A flag turns a feature on for some users. An experiment also compares its variants.</p>
          ${mayWrite
            ? html`<div class="actions centred">
                <button class="primary" type="button" @click=${() => openCreate({ project, type: 'experiment' })}>New experiment</button>
                <button type="button" @click=${() => openCreate({ project, type: 'flag' })}>New flag</button>
              </div>`
            : nothing}
        </div>
      `;
    }
    const { q, state: inState } = state.filters;
    const archived = inState === '' && q !== '' && filter.shown(rows, { ...state.filters, state: 'archived' }, who()?.name).length;
    return html`
      <div class="empty">
        <p class="empty-title">Nothing matches</p>
        <p>${q.trim() === '' ? 'No flag has all of these properties.' : html`No flag with these properties has “${q.trim()}” in its key, name or tags.`}</p>
        <div class="actions centred">
          <button class="primary" type="button" @click=${clearFilters}>Clear filters</button>
          ${archived > 0
            ? html`<button type="button" @click=${() => changeFilters({ state: 'archived' })}>Show ${archived} archived</button>`
            : nothing}
        </div>
      </div>
    `;
  }

  function grid(rows) {
    const [first, last] = view.range();
    const everywhere = deployments().filter(({ allFlags, deleted }) => allFlags && !deleted).map(({ label }) => label);
    const drawn = {
      project,
      sort: state.filters.sort,
      sortBy: (column) => changeFilters({ sort: filter.sortedBy(column, state.filters.sort) }),
      canSelect: mayWrite,
      allSelected: allSelected(),
      selectAll: (event) => {
        selectAll();
        event.target.checked = allSelected() === true;
        event.target.indeterminate = allSelected() === undefined;
      },
      isAt: ({ id }) => id === state.at,
      isSelected: ({ id }) => state.selected.has(id),
      maySelect,
      labels: labels(),
      everywhere,
      drafts: draftsOf(project),
      now: Date.now(),
      click,
      toggle: (at, event) => {
        select(at, event.shiftKey);
        // The browser has toggled it, also where the selection did not change.
        event.target.checked = state.selected.has(rows[at].id);
        document.getElementById('grid')?.focus({ preventScroll: true });
      },
    };
    const active = rows.slice(first, last).some(({ id }) => id === state.at) ? rowId(state.at) : nothing;
    return html`
      <div class="list" id="grid" role="grid" tabindex="0" aria-label="Flags and experiments" aria-multiselectable=${mayWrite}
        aria-rowcount=${rows.length + 1} aria-activedescendant=${active} @keydown=${gridKey} @focus=${arriveInGrid}>
        ${header(drawn)}
        <div class="list-rows" id="rows" role="rowgroup">
          ${space(first)} ${rows.slice(first, last).map((row, at) => line(row, first + at, drawn))} ${space(rows.length - last)}
        </div>
      </div>
    `;
  }

  const isBack = left?.project === project && left.search === filter.search(state.filters);
  state.at = isBack ? left.at : undefined;
  requestAnimationFrame(() => {
    if (isBack) {
      scrollTo(0, left.scrolled);
    }
    if (view.measure()) {
      draw();
    }
  });

  return {
    title: 'Flags',
    view() {
      const { rows, loading, failure, reload } = list();
      const found = matches();
      return html`
        <div class="head">
          <h1>Flags and experiments</h1>
          <p class="hint" role="status">${loading ? 'Loading…' : count(found.length, rows.length)}</p>
          <span class="fill"></span>
          ${mayWrite
            ? html`
                <button class="primary" type="button" @click=${() => openCreate({ project, type: 'experiment' })}>New experiment</button>
                <button type="button" @click=${() => openCreate({ project, type: 'flag' })}>New flag</button>
              `
            : nothing}
        </div>
        ${rows.length > 0 ? filterBar(rows) : nothing} ${problem(failure, reload)} ${found.length === 0 ? empty() : grid(found)}
        ${state.selected.size > 0 ? bulkBar({ project, rows: selection(), matching: found.filter(maySelect).length, selectAll, selectNone }) : nothing}
      `;
    },
    keys: {
      '/': {
        does: 'Search flags',
        run: () => {
          const search = document.getElementById('search');
          search?.focus();
          search?.select();
        },
      },
      'j': { does: 'Next flag', run: () => step(1) },
      'k': { does: 'Previous flag', run: () => step(-1) },
      'Enter': { does: 'Open the flag', run: openFlag },
      ...(mayWrite
        ? {
            'x': { does: 'Select the flag; with Shift all from the last one', run: (event) => index() >= 0 && select(index(), event.shiftKey) },
            'a': { does: 'Select all that match', run: selectAll },
            'c': { does: 'Create an experiment', run: () => void openCreate({ project, type: 'experiment' }) },
          }
        : {}),
      'Escape': { does: 'Clear the selection', run: () => state.selected.size > 0 && selectNone() },
    },
    moved(next) {
      state.filters = filter.filters(next.query);
    },
    close() {
      left = { project, search: filter.search(state.filters), at: state.at, scrolled: scrollY };
      view.close();
    },
  };
}
