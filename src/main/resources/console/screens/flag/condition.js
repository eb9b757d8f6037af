// One condition of a segment, built from a property, an operator and values.
import { html, nothing } from '../../page/lit-html.js';
import { known } from '../../directory.js';
import { several } from '../../fields.js';
import { operatorInWords, operators } from '../../words.js';
import { COHORT, nameOf, propertyOf, suggestions, usedIn } from './properties.js';

const COHORT_OPERATORS = ['is', 'is not'];
const VERSIONS = ['version', 'start_version'];
const NONE = '(none)';

// condition is changed in place. id: of its elements. remove(): removes it.
export function conditionView(condition, { id, project, changed, draw, remove, position }) {
  const used = usedIn(project, draw);
  const isCohort = condition.prop === COHORT;
  const cohorts = isCohort ? known('cohorts', project) : [];
  const nameById = new Map(cohorts.map((cohort) => [cohort.id, cohort.name || cohort.id]));
  const set = (values) => {
    Object.assign(condition, values);
    changed();
  };
  const setProperty = (event) => {
    const name = event.target.value.trim();
    const prop = name === '' ? '' : propertyOf(name, condition.groupType);
    const other = prop === COHORT && !isCohort ? { op: 'is', values: [] } : {};
    set({ prop, ...other });
  };
  const setGroup = (event) => {
    const groupType = event.target.value.trim() || undefined;
    set({ groupType, prop: propertyOf(nameOf(condition), groupType) });
  };
  const shown = isCohort
    ? COHORT_OPERATORS
    : operators.filter((op) => op === condition.op || !(VERSIONS.includes(condition.prop) && !condition.groupType && op.startsWith('version ')));
  return html`
    <div class="condition-row" role="group" aria-label="Condition ${position}">
      <div class="field">
        <label class="unseen" for="${id}-prop">Property of condition ${position}</label>
        <input id="${id}-prop" list="${id}-props" .value=${nameOf(condition)} placeholder="property" autocomplete="off" spellcheck="false"
          aria-invalid=${condition.prop === '' ? 'true' : 'false'} @change=${setProperty}>
        <datalist id="${id}-props">${suggestions(used, condition.groupType).map((name) => html`<option value=${name}></option>`)}</datalist>
      </div>
      <div class="field">
        <label class="unseen" for="${id}-op">Operator of condition ${position}</label>
        <select id="${id}-op" @change=${(event) => set({ op: event.target.value })}>
          ${shown.map(
            (op) => html`<option value=${op} ?selected=${op === condition.op}>${isCohort ? { is: 'is in any of', 'is not': 'is in none of' }[op] : operatorInWords(op, condition.values.length > 1)}</option>`,
          )}
        </select>
      </div>
      ${several(`Values of condition ${position}`, {
        id: `${id}-values`,
        values: condition.values,
        change: (values) => set({ values }),
        suggestions: isCohort ? cohorts.map((cohort) => cohort.id) : [...(used.used.get(condition.prop) ?? []), NONE],
        hideLabel: true,
        show: (value) => (isCohort ? nameById.get(value) ?? value : value === NONE ? 'not set' : value),
        read: (text) =>
          isCohort ? cohorts.find((cohort) => cohort.name === text)?.id ?? text : text === 'not set' ? NONE : text,
        problem: condition.values.length === 0 ? 'Add a value and press Enter.' : undefined,
      })}
      <button class="small" type="button" aria-label="Remove condition ${position}" @click=${remove}>✕</button>
      <details class="group-type" ?open=${Boolean(condition.groupType)}>
        <summary>${condition.groupType ? `Property of the ${condition.groupType}` : 'Of a group instead of the user'}</summary>
        <div class="field">
          <label for="${id}-group">Group type</label>
          <input id="${id}-group" list="${id}-groups" .value=${condition.groupType ?? ''} placeholder="such as org name" autocomplete="off" @change=${setGroup}>
          <datalist id="${id}-groups">${[...used.groupTypes].map((type) => html`<option value=${type}></option>`)}</datalist>
        </div>
      </details>
    </div>
  `;
}
