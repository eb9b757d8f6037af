// Fields of forms that several screens have. Every field has a label; its hint and its problem belong to it.
import { html, nothing } from './page/lit-html.js';
import { read } from './page/json.js';

let ids = 0;
export const newId = () => `field-${(ids += 1)}`;

// A text field. options: {id, value, change(value), hint, problem, placeholder, list, disabled, type, rows}. The id must
// stay the same from one draw to the next.
export const text = (label, { id, value, change, hint, problem, placeholder = '', list, disabled = false, rows, autofocus = false }) => html`
  <div class="field">
    <label for=${id}>${label}</label>
    ${rows
      ? html`<textarea id=${id} rows=${rows} spellcheck="false" .value=${value} placeholder=${placeholder} ?disabled=${disabled}
          aria-invalid=${problem ? 'true' : 'false'} aria-describedby="${id}-hint"
          @input=${(event) => change(event.target.value)}></textarea>`
      : html`<input id=${id} .value=${value} placeholder=${placeholder} list=${list ?? nothing} ?disabled=${disabled} ?autofocus=${autofocus}
          autocomplete="off" spellcheck="false" aria-invalid=${problem ? 'true' : 'false'} aria-describedby="${id}-hint"
          @input=${(event) => change(event.target.value)}>`}
    <p class="hint ${problem ? 'wrong' : ''}" id="${id}-hint">${problem ?? hint ?? nothing}</p>
  </div>
`;

// options: [[value, label]]
export const choice = (label, { id, value, options, change, hint, disabled = false }) => html`
  <div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} ?disabled=${disabled} aria-describedby="${id}-hint" @change=${(event) => change(event.target.value)}>
      ${options.map(([each, words]) => html`<option value=${each} ?selected=${each === value}>${words}</option>`)}
    </select>
    <p class="hint" id="${id}-hint">${hint ?? nothing}</p>
  </div>
`;

export const check = (label, { checked, change, disabled = false }) => html`
  <label class="check">
    <input type="checkbox" .checked=${checked} ?disabled=${disabled} @change=${(event) => change(event.target.checked)}>
    <span>${label}</span>
  </label>
`;

// A number from 0 to 100 as a slider and a field that are one value. step: 0.0001 for fine percentages.
export const percentage = (label, { id, value, change, hint, disabled = false, step = 1 }) => {
  const changed = (event) => {
    const number = Number(event.target.value);
    if (event.target.value !== '' && number >= 0 && number <= 100) {
      change(number);
    }
  };
  return html`
    <div class="field percentage">
      <label for=${id}>${label}</label>
      <div class="slider">
        <input type="range" min="0" max="100" step=${step < 1 ? 0.1 : 1} .value=${String(value)} ?disabled=${disabled}
          aria-label="${label}, slider" @input=${changed}>
        <input id=${id} type="number" min="0" max="100" step=${step} .value=${String(value)} ?disabled=${disabled}
          aria-describedby="${id}-hint" @input=${changed}>
        <span aria-hidden="true">%</span>
      </div>
      <p class="hint" id="${id}-hint">${hint ?? nothing}</p>
    </div>
  `;
};

// Several values as chips, with a field to add one: Enter and comma add, pasted lines are all added. suggestions: known
// values. change(values).
// show(value) and read(text): values by name, such as cohorts.
export const several = (
  label,
  { id, values, change, suggestions = [], hint, problem, disabled = false, hideLabel = false, show = (each) => each, read: valueOf = (each) => each },
) => {
  const add = (texts) => {
    const added = texts.map((each) => valueOf(each.trim())).filter((each) => each !== '' && !values.includes(each));
    if (added.length > 0) {
      change([...values, ...new Set(added)]);
    }
  };
  const keydown = (event) => {
    if ((event.key === 'Enter' || event.key === ',') && event.target.value.trim() !== '') {
      event.preventDefault();
      add([event.target.value]);
      event.target.value = '';
    } else if (event.key === 'Backspace' && event.target.value === '' && values.length > 0) {
      change(values.slice(0, -1));
    }
  };
  const paste = (event) => {
    const lines = (event.clipboardData?.getData('text') ?? '').split(/[\n\t]/);
    if (lines.length > 1) {
      event.preventDefault();
      add(lines);
    }
  };
  const leave = (event) => {
    add([event.target.value]);
    event.target.value = '';
  };
  return html`
    <div class="field">
      <label class=${hideLabel ? 'unseen' : ''} for=${id}>${label}</label>
      <div class="several">
        ${values.map(
          (each) => html`<span class="chip"
            >${show(each)}
            ${disabled
              ? nothing
              : html`<button type="button" aria-label="Remove ${show(each)}" @click=${() => change(values.filter((other) => other !== each))}>✕</button>`}</span
          >`,
        )}
        <input id=${id} list="${id}-known" autocomplete="off" spellcheck="false" ?disabled=${disabled}
          aria-invalid=${problem ? 'true' : 'false'} aria-describedby="${id}-hint" @keydown=${keydown} @paste=${paste} @change=${leave}>
      </div>
      <datalist id="${id}-known">${suggestions.filter((each) => !values.includes(each)).map((each) => html`<option value=${show(each)}></option>`)}</datalist>
      <p class="hint ${problem ? 'wrong' : ''}" id="${id}-hint">${problem ?? hint ?? nothing}</p>
    </div>
  `;
};

// JSON as text, checked while it is typed: the text is never parsed and written again, so numbers keep their form.
export const json = (label, { id, value, change, hint, rows = 6, disabled = false }) => {
  const error = value.trim() === '' ? undefined : read(value).error;
  return text(label, {
    id,
    value,
    change,
    rows,
    disabled,
    hint,
    problem: error ? `Line ${error.line}, column ${error.column}: ${error.message}` : undefined,
  });
};
