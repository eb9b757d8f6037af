// Changes as a story: who changed what, when, why, and what that means.
import { html, nothing } from '../../page/lit-html.js';
import { ACTIONS, KINDS, resource } from '../../audit.js';
import { differenceView } from '../../difference.js';
import { names } from '../../names.js';
import { atTime, when } from '../../times.js';
import { changeInWords } from '../../words.js';

// More changes of one write are folded.
const SHOWN_TOGETHER = 6;

// One list item for each write: the entries of a batch belong together. options: {opened: a set of the numbers of
// entries whose difference is shown, draw, buttons(entry) → template, withResource: whether to name the resource}
export function story(entries, options) {
  return html`<ol class="story">${writes(entries).map((write) => html`<li class="event">${event(write, options)}</li>`)}</ol>`;
}

function writes(entries) {
  const found = [];
  for (const entry of entries) {
    const last = found.at(-1);
    if (last !== undefined && entry.requestId && last[0].requestId === entry.requestId) {
      last.push(entry);
    } else {
      found.push([entry]);
    }
  }
  return found;
}

function event(write, options) {
  // The server recompiles what depends on what somebody changed.
  const actor = write.find(({ action }) => action !== 'recompile')?.actor ?? write[0].actor;
  const { at, reason } = write[0];
  const ordered = [...write.filter(({ action }) => action !== 'recompile'), ...write.filter(({ action }) => action === 'recompile')];
  const shown = options.opened.has(`all ${write[0].number}`) ? ordered : ordered.slice(0, SHOWN_TOGETHER);
  return html`
    <p class="event-head">
      <span class="event-actor">${actor}</span>
      <span class="hint">${when(at)}<span class="unseen">, ${atTime(at)}</span></span>
      ${write.length > 1 ? html`<span class="hint">${write.length} changes together</span>` : nothing}
    </p>
    ${reason ? html`<p class="event-reason">“${reason}”</p>` : nothing}
    ${shown.map((entry) => change(entry, options))}
    ${shown.length < write.length
      ? html`<button class="small" type="button" @click=${() => {
          options.opened.add(`all ${write[0].number}`);
          options.draw();
        }}>Show all ${write.length} changes</button>`
      : nothing}
  `;
}

function change(entry, options) {
  const open = options.opened.has(entry.number);
  const toggle = () => {
    if (open) {
      options.opened.delete(entry.number);
    } else {
      options.opened.add(entry.number);
    }
    options.draw();
  };
  return html`
    <div class="event-change" data-version=${entry.version ?? nothing} data-label=${entry.label ?? nothing}>
      <div class="event-line">
        <p>${headline(entry, options)}</p>
        ${entry.diff.length + entry.compiledDiff.length === 0
          ? nothing
          : html`<button class="small" type="button" aria-expanded=${open} @click=${toggle}
              >${open ? 'Hide' : 'Show'} the difference${options.withResource ? html`<span class="unseen"> of ${entry.label}</span>` : nothing}</button
            >`}
        ${options.buttons?.(entry) ?? nothing}
      </div>
      ${sentences(entry)}
      ${open ? bothDifferences(entry.exact()) : nothing}
    </div>
  `;
}

function headline(entry, { withResource }) {
  const version = entry.version ? html` <span class="hint">version ${entry.version}</span>` : nothing;
  if (entry.action === 'recompile') {
    return html`<span class="hint">${withResource ? html`${resource(entry)} follows` : 'Follows'} a change of what it depends on</span>${version}`;
  }
  const action = isNew(entry) && entry.action !== 'copy' ? ACTIONS.create : (ACTIONS[entry.action] ?? entry.action);
  return withResource
    ? html`${action} the ${KINDS[entry.kind] ?? entry.kind} ${resource(entry)}${version}`
    : html`${action[0].toUpperCase()}${action.slice(1)}${version}`;
}

// All of a new resource is new: that says nothing.
const isNew = ({ diff }) => diff.length > 0 && diff.every(({ before }) => before === undefined) && diff.some(({ path }) => path === 'id');

function sentences(entry) {
  if (isNew(entry) || entry.action === 'delete' || entry.diff.length === 0) {
    return nothing;
  }
  return html`<ul class="event-words">${changeInWords(entry.diff, names(entry.projectId)).map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}

export const bothDifferences = ({ diff, compiledDiff }) => html`
  <div class="both">
    <section>
      <h2>Definition</h2>
      ${diff.length === 0 ? html`<p class="hint">The definition is the same.</p>` : differenceView(diff)}
    </section>
    <section>
      <h2>What is evaluated</h2>
      ${compiledDiff.length === 0 ? html`<p class="hint">Evaluation does not see this change.</p>` : differenceView(compiledDiff)}
    </section>
  </div>
`;
