// The grid of flags and experiments: its header and its visible rows.
import { html, nothing, svg } from '../../page/lit-html.js';
import { href } from '../../router.js';
import { ago, atTime } from '../../times.js';
import { largestShare, stateOf } from './filter.js';
import { reasonInWords } from './stale-reasons.js';

const COLUMNS = [
  ['key', 'Flag'],
  ['state', 'State'],
  ['rollout', 'Rollout'],
  ['variants', 'Variants'],
  ['tags', 'Tags'],
  ['deployments', 'Deployments'],
  ['changed', 'Changed'],
  ['evaluated', 'Evaluated'],
];

export const SORT_CHOICES = [
  ['-changed', 'Changed last'],
  ['changed', 'Changed first'],
  ['key', 'Key, A to Z'],
  ['-key', 'Key, Z to A'],
  ['state', 'State'],
  ['-rollout', 'Highest rollout'],
  ['rollout', 'Lowest rollout'],
  ['-evaluated', 'Evaluated last'],
  ['evaluated', 'Evaluated first'],
  ['tags', 'Tags'],
  ['-variants', 'Most variants'],
  ['-deployments', 'Most deployments'],
];

const DOTS = { Running: 'on', On: 'on', Off: 'off', Archived: 'gone', Decided: 'done' };

export const rowId = (id) => `row-${id}`;

export const address = (project, { type, id }) => href({ project, screen: type, ids: [id] });

const ICONS = {
  flag: svg`<path d="M3.5 14.5V2.5h8l-2 3 2 3h-8" />`,
  experiment: svg`<path d="M8 14.5V9m0 0L3.5 4.5M8 9l4.5-4.5M3.5 8V4.5H7M9 4.5h3.5V8" />`,
};

export const icon = (type) => html`
  <svg class="type-icon" viewBox="0 0 16 16" width="16" height="16" role="img" aria-label=${type === 'flag' ? 'Flag' : 'Experiment'}>
    ${ICONS[type]}
  </svg>
`;

// The largest share that a user can be in; segments have shares of their own.
const rollout = (row) => {
  const { rolloutPercentage: others, segmentPercentages: segments = [] } = row;
  if (others === null) {
    return html`<span class="hint" title="The JSON of this flag decides.">in JSON</span>`;
  }
  const percentage = largestShare(row);
  const words = segments.length > 0 ? `Of users in segments: ${segments.map((each) => `${each} %`).join(', ')}. Of others: ${others} %.` : '';
  return html`
        <svg class="rollout" viewBox="0 0 40 6" width="40" height="6" aria-hidden="true">
          <rect class="rollout-ground" width="40" height="6" rx="3" />
          <rect class="rollout-share" width=${percentage === 0 ? 0 : Math.max(2, percentage * 0.4)} height="6" rx="3" />
        </svg>
        <span class="number" title=${words}>${segments.some((each) => each !== others) ? '≤ ' : ''}${percentage} %</span>
      `;
};

const few = (values, most, element) => html`
  ${values.slice(0, most).map(element)}${values.length > most
    ? html`<span class="hint" title=${values.slice(most).join(', ')}>+${values.length - most}</span>`
    : nothing}
`;

// view: {project, sort, sortBy(column), canSelect, allSelected, selectAll()}
export const header = ({ sort, sortBy, canSelect, allSelected, selectAll }) => html`
  <div class="list-head" role="rowgroup">
    <div class="row ${canSelect ? '' : 'plain'}" role="row" aria-rowindex="1">
      ${canSelect
        ? html`<div class="cell of-select" role="columnheader">
            <label class="select-target"><input type="checkbox" aria-label="Select all that match" .checked=${allSelected === true}
              .indeterminate=${allSelected === undefined} @change=${selectAll}></label>
          </div>`
        : nothing}
      ${COLUMNS.map(([column, label]) => {
        const ascending = sort === column;
        const sorted = ascending || sort === `-${column}`;
        return html`
          <div class="cell of-${column}" role="columnheader" aria-sort=${sorted ? (ascending ? 'ascending' : 'descending') : nothing}>
            <button class="sort" type="button" @click=${() => sortBy(column)}>${label}<span aria-hidden="true"
              >${sorted ? (ascending ? ' ↑' : ' ↓') : ''}</span></button>
          </div>
        `;
      })}
    </div>
  </div>
`;

// view: {project, isAt(row), isSelected(row), canSelect, maySelect(row), labels: Map of deployments, everywhere: labels of
// deployments that serve all flags, drafts: Set of ids, toggle(index, event), click(index, event), now}
export function line(row, index, { project, isAt, isSelected, canSelect, maySelect, labels, everywhere, drafts, toggle, click, now }) {
  const state = stateOf(row);
  const served = [...everywhere, ...row.deployments.map((id) => labels.get(id) ?? id).filter((label) => !everywhere.includes(label))];
  return html`
    <div class="row ${canSelect ? '' : 'plain'} ${isAt(row) ? 'at' : ''} ${isSelected(row) ? 'selected' : ''}" role="row" id=${rowId(row.id)}
      aria-rowindex=${index + 2} aria-selected=${canSelect ? isSelected(row) : nothing} @click=${(event) => click(index, event)}>
      ${canSelect
        ? html`<div class="cell of-select" role="gridcell">
            ${maySelect(row)
              ? html`<label class="select-target"><input type="checkbox" tabindex="-1" aria-label="Select ${row.key}" .checked=${isSelected(row)}
                  @click=${(event) => toggle(index, event)}></label>`
              : nothing}
          </div>`
        : nothing}
      <div class="cell of-key" role="gridcell">
        ${icon(row.type)}
        <div class="both-names">
          <a href=${address(project, row)} tabindex="-1">${row.name && row.name !== row.key ? row.name : row.key}</a>
          <span class="second-name">
            ${row.name && row.name !== row.key ? html`<code>${row.key}</code>` : nothing}
            ${drafts.has(row.id) ? html`<span class="flag-mark warn" title="This browser keeps your changes">unsaved draft</span>` : nothing}
            ${row.managed ? nothing : html`<span class="flag-mark" title="Defined by evaluation JSON">JSON</span>`}
            ${row.stale.length > 0 && !row.archived
              ? html`<span class="flag-mark warn" title=${row.stale.map(reasonInWords).join(' ')}>stale</span>`
              : nothing}
          </span>
        </div>
      </div>
      <div class="cell of-state" role="gridcell"><span class="state-dot ${DOTS[state]}" aria-hidden="true"></span>${state}</div>
      <div class="cell of-rollout" role="gridcell">${rollout(row)}</div>
      <div class="cell of-variants" role="gridcell">${few(row.variants, 2, (key, i) => html`${i > 0 ? ', ' : ''}<code>${key}</code>`)}</div>
      <div class="cell of-tags" role="gridcell">${few(row.tags, 1, (tag) => html`<span class="flag-tag">${tag}</span>`)}</div>
      <div class="cell of-deployments" role="gridcell">${served.length === 0
        ? html`<span class="hint">none</span>`
        : few(served, 1, (label) => html`<span class="served">${label}</span>`)}</div>
      <div class="cell of-changed" role="gridcell">
        <span title=${atTime(row.lastModifiedAt)}>${ago(row.lastModifiedAt, now)}</span> <span class="hint by">${row.lastModifiedBy}</span>
      </div>
      <div class="cell of-evaluated" role="gridcell"><span title=${atTime(row.lastEvaluated)}>${ago(row.lastEvaluated, now)}</span></div>
    </div>
  `;
}
