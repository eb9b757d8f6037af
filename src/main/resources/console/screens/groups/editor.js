// The form of a group.
import { html, nothing } from '../../page/lit-html.js';
import { choice, several, text } from '../../fields.js';
import { byId, byKey, summaries } from '../../summaries.js';
import { holdoutBar, mutexBar } from './bars.js';
import { free, LEAST_HELD_OUT, most, MOST_HELD_OUT, MOST_SLOTS, move, newSlot } from './drafts.js';

// More suggestions are no help.
const MOST_SUGGESTIONS = 1_000;

const KEYS = [
  ['user_id', 'user id'],
  ['device_id', 'device id'],
  ['amplitude_id', 'user id, or device id without one'],
];

// draft: it is changed in place. drafts: all that are edited. id: a prefix of the ids of the fields.
export function editor(draft, { project, drafts, id, draw }) {
  const change = (name) => (value) => {
    draft[name] = value;
    draw();
  };
  return html`
    <div class="stack">
      <div class="pair">
        ${text('Name', { id: `${id}-name`, value: draft.name, change: change('name') })}
        ${draft.original === undefined
          ? choice('Users are drawn by', { id: `${id}-key`, value: draft.bucketingKey, options: KEYS, change: change('bucketingKey'), hint: 'It cannot be changed later.' })
          : nothing}
      </div>
      ${draft.kind === 'mutex' ? slots(draft, { project, drafts, id, draw }) : holdout(draft, { project, id, draw, change })}
    </div>
  `;
}

function slots(draft, options) {
  const { id, draw } = options;
  const rest = free(draft.slots);
  const add = () => {
    draft.slots.push(newSlot(draft.slots, Math.min(rest, 50)));
    draw();
  };
  return html`
    ${mutexBar(draft.slots, ({ experiments }) => html`<span class="hint">${experiments.map((each) => byId(options.project, each)?.key ?? each).join(', ') || 'no experiment'}</span>`)}
    <ol class="slot-forms">
      ${draft.slots.map((slot, i) => html`<li class="slot-form">${slotForm(draft, slot, i, options)}</li>`)}
    </ol>
    <div class="actions">
      <button type="button" ?disabled=${rest === 0 || draft.slots.length >= MOST_SLOTS} @click=${add}>Add a slot</button>
      <span class="hint" role="status">${rest === 0 ? 'No free space: make a slot smaller first.' : `${rest} % of the traffic are free.`}</span>
    </div>
  `;
}

function slotForm(draft, slot, i, { project, drafts, id, draw }) {
  const remove = () => {
    draft.slots = draft.slots.filter((each) => each !== slot);
    draw();
  };
  return html`
    ${share(`Share of ${slot.name}`, {
      id: `${id}-share-${slot.variantKey}`,
      value: slot.percentage,
      least: 1,
      most: most(draft.slots, slot),
      change(value) {
        slot.percentage = value;
        draw();
      },
    })}
    ${experiments(`Experiments of ${slot.name}`, {
      id: `${id}-members-${slot.variantKey}`,
      project,
      ids: slot.experiments,
      change(ids) {
        slot.experiments = ids;
        ids.forEach((each) => move(drafts, each, slot));
        slot.experiments = ids;
        draw();
      },
    })}
    ${draft.slots.length > 1
      ? html`<button class="small" type="button" @click=${remove}>Remove ${slot.name}</button>`
      : nothing}
  `;
}

const holdout = (draft, { project, id, draw, change }) => html`
  ${holdoutBar(draft.holdoutPercentage)}
  ${share('Held out', { id: `${id}-share`, value: draft.holdoutPercentage, least: LEAST_HELD_OUT, most: MOST_HELD_OUT, change: change('holdoutPercentage') })}
  ${experiments('Experiments', { id: `${id}-members`, project, ids: draft.experiments, change: change('experiments') })}
  <div class="pair">
    ${several('Always held out', { id: `${id}-in`, values: draft.individualInclusion, change: change('individualInclusion'), hint: 'Ids of users or devices.' })}
    ${several('Never held out', { id: `${id}-out`, values: draft.individualExclusion, change: change('individualExclusion'), hint: 'Ids of users or devices.' })}
  </div>
`;

// A whole percentage as a slider and a field that stay within least and most, whatever somebody drags or types.
function share(label, { id, value, least, most: highest, change }) {
  const changed = (event) => {
    if (event.target.value === '') {
      return;
    }
    const kept = Math.max(least, Math.min(highest, Math.round(Number(event.target.value))));
    event.target.value = String(kept);
    change(kept);
  };
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <div class="slider">
        <input type="range" min="0" max="100" step="1" .value=${String(value)} aria-label="${label}, slider" @input=${changed}>
        <input id=${id} type="number" min=${least} max=${highest} step="1" .value=${String(value)} aria-describedby="${id}-hint" @change=${changed}>
        <span aria-hidden="true">%</span>
      </div>
      <p class="hint" id="${id}-hint">At most ${highest} %.</p>
    </div>
  `;
}

// Experiments by their keys; the group has their ids.
function experiments(label, { id, project, ids, change }) {
  // A key has no id before all flags have arrived.
  const { rows, loading } = summaries(project);
  const keys = ids.map((each) => byId(project, each)?.key ?? each);
  return several(label, {
    id,
    values: keys,
    disabled: loading,
    suggestions: rows.filter((row) => row.type === 'experiment' && !row.archived).slice(0, MOST_SUGGESTIONS).map(({ key }) => key),
    hint: 'Keys. An experiment that you add leaves its present group, if you edit that as well.',
    problem: keys.some((key, i) => key === ids[i] && byId(project, key) === undefined && !/^\d+$/.test(key)) ? 'No experiment has this key.' : undefined,
    change: (chosen) => change(chosen.map((key) => (keys.includes(key) ? ids[keys.indexOf(key)] : (byKey(project, key)?.id ?? key)))),
  });
}
