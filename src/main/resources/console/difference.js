// A difference of two JSON values as text that people can read: [{path, before, after}] as the API answers it.
import { stringify } from './exact.js';
import { indented } from './page/json.js';
import { html, nothing } from './page/lit-html.js';

// Longer values are on lines of their own.
const LONGEST_INLINE = 48;

// Equal lines around a change that are shown.
const CONTEXT = 2;

// Comparing takes before × after steps; beyond this, all lines count as changed.
const MOST_STEPS = 4_000_000;

// diff: values may be or contain JsonText, whose numbers keep their form. Values that are absent or undefined did not exist, or no longer do. Draws “No difference.” for an empty list.
export const differenceView = (diff) =>
  diff.length === 0
    ? html`<p class="hint">No difference.</p>`
    : html`
        <dl class="difference">
          ${diff.map(
            ({ path, before, after }) => html`
              <div class="difference-field">
                <dt><code>${path === '' ? 'everything' : path}</code>${kind(before, after)}</dt>
                <dd>${inline(before) && inline(after) ? values(before, after) : texts(path, before, after)}</dd>
              </div>
            `,
          )}
        </dl>
      `;

const kind = (before, after) =>
  before === undefined
    ? html` <span class="difference-kind">new</span>`
    : after === undefined
      ? html` <span class="difference-kind">removed</span>`
      : nothing;

// The JSON text of a value with indentation; '' for none.
const written = (value) => (value === undefined ? '' : indented(stringify(value)));

function inline(value) {
  const text = written(value);
  return text.length <= LONGEST_INLINE && !text.includes('\n');
}

const values = (before, after) => html`
  ${before === undefined ? nothing : html`<del><span class="unseen">Before: </span>${written(before)}</del>`}
  ${before === undefined || after === undefined ? nothing : html`<span class="difference-arrow" aria-hidden="true">→</span>`}
  ${after === undefined ? nothing : html`<ins><span class="unseen">After: </span>${written(after)}</ins>`}
`;

// People scroll long texts, also with the keyboard.
function texts(path, before, after) {
  const lines = compare(split(written(before)), split(written(after)));
  return html`<div class="difference-text" tabindex="0" role="group" aria-label="Difference of ${path}">${parts(lines).map((part) => (part.hidden ? folded(part.lines) : part.lines.map(row)))}</div>`;
}

const split = (text) => (text === '' ? [] : text.split('\n'));

const SIGNS = { equal: [' ', ''], removed: ['−', 'Removed: '], added: ['+', 'Added: '] };

const row = ({ change, text }) => {
  const [sign, words] = SIGNS[change];
  const content = html`<span class="difference-sign" aria-hidden="true">${sign}</span
    >${words ? html`<span class="unseen">${words}</span>` : nothing}<span>${text}</span>`;
  return change === 'removed'
    ? html`<del class="difference-line">${content}</del>`
    : change === 'added'
      ? html`<ins class="difference-line">${content}</ins>`
      : html`<span class="difference-line">${content}</span>`;
};

const folded = (lines) => html`
  <details class="difference-fold">
    <summary>${lines.length} equal lines</summary>
    ${lines.map(row)}
  </details>
`;

// Runs of lines: equal ones far from any change are hidden.
function parts(lines) {
  const near = lines.map(() => false);
  lines.forEach(({ change }, i) => {
    if (change !== 'equal') {
      near.fill(true, Math.max(0, i - CONTEXT), i + CONTEXT + 1);
    }
  });
  const runs = [];
  lines.forEach((line, i) => {
    const hidden = !near[i];
    if (runs.at(-1)?.hidden !== hidden) {
      runs.push({ hidden, lines: [] });
    }
    runs.at(-1).lines.push(line);
  });
  // Hiding a single line saves nothing.
  return runs.map((run) => (run.lines.length === 1 ? { ...run, hidden: false } : run));
}

// The lines of both texts in order: [{change: 'equal', 'removed' or 'added', text}], by the longest common subsequence.
export function compare(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) {
    start += 1;
  }
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) {
    end += 1;
  }
  const line = (change) => (text) => ({ change, text });
  return [
    ...before.slice(0, start).map(line('equal')),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(line('equal')),
  ];
}

function middle(before, after) {
  const lines = [];
  const width = after.length + 1;
  if (before.length * after.length > MOST_STEPS) {
    before.forEach((text) => lines.push({ change: 'removed', text }));
    after.forEach((text) => lines.push({ change: 'added', text }));
    return lines;
  }
  // common[i * width + j]: length of the longest common subsequence of what follows i and j.
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        before[i] === after[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ change: 'equal', text: before[i] });
      i += 1;
      j += 1;
    } else if (i < before.length && (j === after.length || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push({ change: 'removed', text: before[i] });
      i += 1;
    } else {
      lines.push({ change: 'added', text: after[j] });
      j += 1;
    }
  }
  return lines;
}
