// Flags that the code may no longer need, and why.
import { html, nothing } from '../page/lit-html.js';
import { get, path } from '../api.js';
import { known } from '../directory.js';
import { choice } from '../fields.js';
import { onChange } from '../live.js';
import { problem } from '../problems.js';
import { go, refine } from '../router.js';
import { can } from '../session.js';
import { byKey, summaries } from '../summaries.js';
import { ago, atTime } from '../times.js';
import { archive, counted } from './flags/bulk.js';
import { address, icon } from './flags/rows.js';
import { reasonInShort, REASONS, reasonInWords } from './flags/stale-reasons.js';

const DAYS = ['7', '14', '30', '60', '90', '180', '365'];
const USUAL_DAYS = '30';

// A change of one flag often comes with others.
const READ_AFTER_MS = 500;

export const stale = { name: 'stale', label: 'Stale flags', ofProject: true, open };

function open(place, draw) {
  const { project } = place;
  const state = { days: USUAL_DAYS, reason: '', report: undefined, failure: undefined, loading: false, selected: new Set(), at: undefined };
  let reading = 0;
  let timer;

  function moved({ query }) {
    const days = query.get('days') ?? USUAL_DAYS;
    state.reason = REASONS.includes(query.get('reason')) ? query.get('reason') : '';
    if (state.report === undefined || days !== state.days) {
      state.days = DAYS.includes(days) ? days : USUAL_DAYS;
      load();
    }
  }

  async function load() {
    const turn = (reading += 1);
    state.loading = true;
    state.failure = undefined;
    draw();
    try {
      const { body } = await get(path('reports', 'stale', { projectId: project, days: state.days }));
      if (turn === reading) {
        state.report = body;
      }
    } catch (failure) {
      if (turn === reading) {
        state.failure = failure;
      }
    }
    if (turn === reading) {
      state.loading = false;
      draw();
    }
  }

  const stop = onChange((change) => {
    if (change === undefined || change.projectId === project) {
      clearTimeout(timer);
      timer = setTimeout(load, READ_AFTER_MS);
    }
  });

  const labelsOf = (row) => {
    const deployments = known('deployments', project);
    return row.deployments.map((id) => deployments.find((each) => each.id === id)?.label).filter((label) => label !== undefined);
  };
  const maySelect = (row) => row !== undefined && can('write', project, { key: row.key, deployments: labelsOf(row) });
  const mayWrite = can('write', project);

  const found = () =>
    (state.report?.flags ?? [])
      .filter(({ reasons }) => state.reason === '' || reasons.includes(state.reason))
      .map((each) => ({ ...each, row: byKey(project, each.key) }))
      .filter(({ row }) => row === undefined || !row.archived);

  const selected = () => found().filter(({ key }) => state.selected.has(key)).map(({ row }) => row);

  function change(parameters) {
    const next = { days: state.days, reason: state.reason, ...parameters };
    refine({ days: next.days === USUAL_DAYS ? '' : next.days, reason: next.reason });
    moved({ query: new URLSearchParams(next) });
    draw();
  }

  function toggle(key) {
    state.selected[state.selected.has(key) ? 'delete' : 'add'](key);
    draw();
  }

  async function archiveSelected() {
    const answer = await archive(project, selected(), true);
    if (answer !== undefined) {
      state.selected.clear();
      load();
    }
  }

  function step(by) {
    const items = found();
    if (items.length > 0) {
      const index = items.findIndex(({ key }) => key === state.at);
      state.at = items[index < 0 ? 0 : Math.max(0, Math.min(items.length - 1, index + by))].key;
      draw();
      requestAnimationFrame(() => document.querySelector('.stale .at')?.scrollIntoView({ block: 'nearest' }));
    }
  }

  const current = () => found().find(({ key }) => key === state.at);

  const item = ({ key, reasons, lastChanged, lastEvaluated, evaluations, row }) => html`
    <li class="card stale-flag ${key === state.at ? 'at' : ''}">
      ${mayWrite
        ? maySelect(row)
          ? html`<label class="select-target"><input type="checkbox" aria-label="Select ${key}" .checked=${state.selected.has(key)} @change=${() => toggle(key)}></label>`
          : html`<span></span>`
        : nothing}
      <div>
        <h2 class="stale-name">${row ? icon(row.type) : nothing} ${row ? html`<a href=${address(project, row)}>${row.name || key}</a>` : key}
          ${row?.name && row.name !== key ? html`<code>${key}</code>` : nothing}</h2>
        <ul>${reasons.map((reason) => html`<li>${reasonInWords(reason)}</li>`)}</ul>
        <p class="hint">
          <span title=${atTime(lastChanged)}>Changed ${lastChanged ? ago(lastChanged) : 'before changes were recorded'}</span> ·
          <span title=${atTime(lastEvaluated)}>${lastEvaluated ? `evaluated ${ago(lastEvaluated)}` : 'not evaluated since counting began'}</span> ·
          ${evaluations.toLocaleString('en')} ${evaluations === 1 ? 'evaluation' : 'evaluations'}
        </p>
      </div>
    </li>
  `;

  function content() {
    const items = found();
    if (state.report === undefined) {
      return state.failure === undefined ? html`<p class="empty" role="status">Loading…</p>` : nothing;
    }
    if (items.length === 0) {
      return html`
        <div class="empty">
          <p class="empty-title">No stale flags</p>
          <p>${state.reason === '' ? `Every flag changed, or is in use, within ${state.days} days.` : 'No flag is stale for this reason.'}</p>
          ${state.reason === '' ? nothing : html`<div class="actions centred"><button type="button" @click=${() => change({ reason: '' })}>Show all reasons</button></div>`}
        </div>
      `;
    }
    const rows = selected();
    return html`
      <ul class="stale">${items.map(item)}</ul>
      ${rows.length > 0
        ? html`<div class="bulk" role="region" aria-label="Selected flags">
            <p role="status"><strong>${counted(rows)}</strong> selected</p>
            <button class="small" type="button" @click=${() => {
              state.selected.clear();
              draw();
            }}>Clear</button>
            <span class="fill"></span>
            <div class="bulk-actions"><button class="primary" type="button" @click=${() => void archiveSelected()}>Archive</button></div>
          </div>`
        : nothing}
    `;
  }

  moved(place);
  return {
    title: 'Stale flags',
    view() {
      summaries(project);
      const { report } = state;
      const selectable = found().filter(({ row }) => maySelect(row));
      return html`
        <div class="head">
          <h1>Stale flags</h1>
          <p class="hint" role="status">${report === undefined ? '' : `${found().length.toLocaleString('en')} found`}</p>
          <span class="fill"></span>
          ${mayWrite && selectable.length > 0
            ? html`<button type="button" @click=${() => {
                state.selected = new Set(selectable.map(({ key }) => key));
                draw();
              }}>Select all</button>`
            : nothing}
        </div>
        <p class="hint intro">Flags that the code may no longer need. Remove a flag from the code, then archive it here.
          ${report?.countedSince ? html`Evaluations are counted since ${atTime(report.countedSince)}.` : nothing}</p>
        <div class="flag-filters stale-choices">
          ${choice('Unchanged or unused for', {
            id: 'stale-days',
            value: state.days,
            options: DAYS.map((days) => [days, `${days} days`]),
            change: (days) => change({ days }),
          })}
          ${choice('Reason', {
            id: 'stale-reason',
            value: state.reason,
            options: [['', 'Any reason'], ...REASONS.map((reason) => [reason, reasonInShort(reason)])],
            change: (reason) => change({ reason }),
          })}
        </div>
        ${problem(state.failure, load)} ${content()}
      `;
    },
    keys: {
      'j': { does: 'Next flag', run: () => step(1) },
      'k': { does: 'Previous flag', run: () => step(-1) },
      'Enter': {
        does: 'Open the flag',
        run() {
          const row = current()?.row;
          if (row === undefined) {
            return false;
          }
          go(address(project, row));
          return true;
        },
      },
      ...(mayWrite ? { 'x': { does: 'Select the flag', run: () => (maySelect(current()?.row) ? toggle(state.at) : false) } } : {}),
    },
    moved,
    close() {
      stop();
      clearTimeout(timer);
      reading = -1;
    },
  };
}
