// The variants of a flag: what applications get.
import { html, nothing } from '../../page/lit-html.js';
import { colours, swatch } from '../../page/bar.js';
import { coloured, indented, read } from '../../page/json.js';
import { JsonText, same } from '../../exact.js';
import { json, text } from '../../fields.js';

const KEY = /^\S(.*\S)?$/;
const LONGEST_KEY = 200;
const MOST = 100;

// tools: {mayEdit, payloads: WeakMap of variants to the text that is being typed}
export function variantsView(draft, tools) {
  const { mine } = draft;
  const colour = colours(mine.variants.map(({ key }) => key));
  return html`
    <p class="hint">Applications get the key as the value, and the payload. Every flag also has <code>off</code>, without a payload.</p>
    <ul class="variants">
      ${mine.variants.map((variant, i) => html`<li class="card">${tools.mayEdit ? form(draft, tools, variant, i, colour) : shown(variant, colour)}</li>`)}
    </ul>
    ${tools.mayEdit
      ? html`<button type="button" id="variant-new" ?disabled=${mine.variants.length >= MOST} @click=${() => add(draft)}>Add a variant</button>`
      : nothing}
  `;
}

const shown = (variant, colour) => html`
  <h2>${swatch(colour(variant.key))} ${variant.key}${variant.name ? html` <span class="hint">${variant.name}</span>` : nothing}</h2>
  ${variant.description ? html`<p>${variant.description}</p>` : nothing}
  ${variant.payload ? html`<pre aria-label="Payload of ${variant.key}">${coloured(variant.payload.text)}</pre>` : html`<p class="hint">No payload.</p>`}
`;

function form(draft, { payloads, draw }, variant, i, colour) {
  const { mine } = draft;
  const id = `variant-${i}`;
  const set = (name) => (value) => {
    if (value === '') {
      delete variant[name];
    } else {
      variant[name] = value;
    }
    draft.changed();
  };
  const payload = payloads.get(variant);
  // What is typed counts as long as it is not in the draft, because it is no JSON yet.
  const typed = payload && (payload.bad || same(payload.value, variant.payload)) ? payload.text : variant.payload ? indented(variant.payload.text) : '';
  const setPayload = (value) => {
    const isEmpty = value.trim() === '';
    const bad = !isEmpty && read(value).error !== undefined;
    if (!bad) {
      if (isEmpty) {
        delete variant.payload;
      } else {
        variant.payload = new JsonText(value);
      }
    }
    payloads.set(variant, { text: value, bad, value: variant.payload });
    draft.changed();
  };
  return html`
    <div class="variant-head">
      <h2>${swatch(colour(variant.key))} ${variant.key}</h2>
      ${draft.isContested('variants', variant.key) ? html`<span class="badge warn">both changed</span>` : nothing}
      <span class="fill"></span>
      <button class="small" type="button" ?disabled=${mine.variants.length === 1} aria-label="Remove ${variant.key}" @click=${() => remove(draft, variant)}>Remove</button>
    </div>
    <div class="pair">
      <div class="field">
        <label for="${id}-key">Key</label>
        <input id="${id}-key" .value=${variant.key} autocomplete="off" spellcheck="false" @change=${(event) => rename(draft, variant, event.target)}>
        <p class="hint">Applications must know the new key when you change it.</p>
      </div>
      ${text('Name', { id: `${id}-name`, value: variant.name ?? '', change: set('name') })}
    </div>
    ${text('Description', { id: `${id}-description`, value: variant.description ?? '', change: set('description') })}
    ${json('Payload (JSON)', {
      id: `${id}-payload`,
      value: typed,
      rows: Math.min(14, Math.max(3, typed.split('\n').length + 1)),
      change: setPayload,
      hint: typed === '' ? 'Optional.' : 'Sent as written: 1.0 stays 1.0.',
    })}
    ${payload?.bad ? html`<p class="hint wrong">Not in the draft until it is valid.</p>` : nothing}
    ${typed !== '' && !payload?.bad && indented(typed) !== typed
      ? html`<button class="small" type="button"
          @click=${() => {
            setPayload(indented(typed));
            draw();
          }}>Format</button>`
      : nothing}
  `;
}

// Whether a payload is being typed that is no JSON, so that the draft lacks it.
export const hasBadPayload = ({ mine }, payloads) => (mine?.variants ?? []).some((variant) => payloads.get(variant)?.bad);

function add(draft) {
  const { mine } = draft;
  const keys = new Set(mine.variants.map(({ key }) => key));
  let number = mine.variants.length + 1;
  while (keys.has(`variant-${number}`)) {
    number += 1;
  }
  const key = `variant-${number}`;
  mine.variants.push({ key });
  // Nobody gets it before it has a weight, so nobody moves.
  forRollouts(mine, (weights) => ({ ...weights, [key]: 0 }));
  draft.changed();
  queueMicrotask(() => document.getElementById(`variant-${mine.variants.length - 1}-key`)?.select());
}

function remove(draft, variant) {
  const { mine } = draft;
  mine.variants.splice(mine.variants.indexOf(variant), 1);
  forRollouts(mine, ({ [variant.key]: _, ...weights }) => weights);
  const { [variant.key]: _, ...inclusions } = mine.inclusions;
  mine.inclusions = inclusions;
  draft.changed();
}

function rename(draft, variant, field) {
  const { mine } = draft;
  const from = variant.key;
  const to = field.value.trim();
  const problem = !KEY.test(to)
    ? 'A variant needs a key.'
    : to.length > LONGEST_KEY
      ? `At most ${LONGEST_KEY} characters.`
      : to === 'off'
        ? 'Every flag has “off” already.'
        : mine.variants.some((other) => other !== variant && other.key === to)
          ? 'Another variant has this key.'
          : '';
  field.setCustomValidity(problem);
  if (problem !== '') {
    field.reportValidity();
    return;
  }
  const renamed = (object) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key === from ? to : key, value]));
  variant.key = to;
  forRollouts(mine, renamed);
  mine.inclusions = renamed(mine.inclusions);
  if (mine.rolledOutVariant === from) {
    mine.rolledOutVariant = to;
  }
  draft.changed();
}

function forRollouts(mine, weights) {
  mine.rolloutWeights = weights(mine.rolloutWeights);
  for (const segment of mine.targetSegments) {
    segment.rolloutWeights = weights(segment.rolloutWeights);
  }
}
