// Lists of resources that a screen shows: read once, and again after a change; and their tables.
import { html, nothing } from './page/lit-html.js';
import { onChange } from './live.js';
import { problem } from './problems.js';

// {items (undefined before they have arrived), failure, reload(), close()}. load() resolves to the items.
// concerns(change): whether a change by anybody makes the list stale.
export function liveList(load, draw, concerns = () => false) {
  const list = { items: undefined, failure: undefined };
  let run = 0;
  list.reload = async () => {
    const mine = (run += 1);
    try {
      const items = await load();
      if (mine === run) {
        Object.assign(list, { items, failure: undefined });
      }
    } catch (failure) {
      if (mine === run) {
        list.failure = failure;
      }
    }
    draw();
  };
  list.close = onChange((change) => {
    if (change === undefined || concerns(change)) {
      list.reload();
    }
  });
  list.reload();
  return list;
}

// The view of a list in all its states; empty: what a list without items shows.
export const listView = (list, view, empty) => html`
  ${problem(list.failure, list.reload)}
  ${list.items === undefined
    ? list.failure ? nothing : html`<p class="hint">Loading…</p>`
    : list.items.length === 0
      ? html`<div class="empty">${empty}</div>`
      : view(list.items)}
`;

// columns: labels, or {label, amount: true} for numbers, or {label, hidden: true}. rows: lists of cells, the first of
// which names the row, or {cells, below}: below is shown under them, across all columns. Below 640 px each row is a block, and each cell has its label.
export function table(caption, columns, rows) {
  const all = columns.map((column) => (typeof column === 'string' ? { label: column } : column));
  return html`
    <div class="table">
      <table class="rows">
        <caption class="unseen">${caption}</caption>
        <thead>
          <tr>${all.map(({ label, amount, hidden }) => html`<th scope="col" class=${amount ? 'amount' : ''}>${hidden ? html`<span class="unseen">${label}</span>` : label}</th>`)}</tr>
        </thead>
        <tbody>
          ${rows.map((row) => (Array.isArray(row) ? tableRow(row, all) : html`${tableRow(row.cells, all)}${below(row.below, all)}`))}
        </tbody>
      </table>
    </div>
  `;
}

const tableRow = (cells, columns) => html`
  <tr>
    ${cells.map((cell, i) =>
      i === 0
        ? html`<th scope="row">${cell}</th>`
        : html`<td class=${columns[i].amount ? 'amount' : ''} data-label=${columns[i].hidden ? nothing : columns[i].label}>${cell}</td>`,
    )}
  </tr>
`;

const below = (content, columns) =>
  content === nothing || content === undefined ? nothing : html`<tr class="below"><td colspan=${columns.length}>${content}</td></tr>`;

export const number = (value) => Number(value).toLocaleString('en');

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB'];

// “12.3 MB”
export function bytes(count) {
  let unit = 0;
  let rest = count;
  while (rest >= 1_000 && unit < BYTES.length - 1) {
    rest /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? rest : rest.toFixed(1)} ${BYTES[unit]}`;
}
