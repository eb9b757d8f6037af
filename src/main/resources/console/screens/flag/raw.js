// A raw flag: evaluation JSON as somebody wrote it, checked by the server while it is typed.
import { html, nothing } from '../../page/lit-html.js';
import { call, path } from '../../api.js';
import { JsonText, same, stringify } from '../../exact.js';
import { coloured, indented, mistakeInObject, read } from '../../page/json.js';
import { parts } from '../../words.js';

const CHECKED_AFTER_MS = 500;

// The state of the editor of one draft. text: what is typed; undefined while it is as in the draft.
export function rawEditor(draft, draw) {
  const state = { text: undefined, problems: [], warnings: [], checking: false, adoption: undefined };
  let timer;
  let request;

  const checkSoon = () => {
    clearTimeout(timer);
    request?.abort();
    timer = setTimeout(check, CHECKED_AFTER_MS);
  };

  async function check() {
    const { signal } = (request = new AbortController());
    state.checking = true;
    draw();
    try {
      const answer = await call('PATCH', path(draft.collection, draft.id, { dryRun: true, force: true }), {
        text: stringify({ definition: draft.mine.definition }),
        signal,
      });
      state.problems = [];
      state.warnings = answer.body.warnings;
    } catch (failure) {
      if (signal.aborted || failure.status === undefined) {
        return;
      }
      state.problems = failure.problems.length > 0 ? failure.problems : [{ path: failure.path ?? '', message: failure.message }];
      state.warnings = [];
    }
    state.checking = false;
    draw();
  }

  async function askForAdoption() {
    state.adoption = 'asking';
    try {
      await call('POST', path(draft.collection, draft.id, 'adopt', { dryRun: true }));
      state.adoption = { isPossible: true };
    } catch (failure) {
      state.adoption = { isPossible: false, reason: failure.message };
    }
    draw();
  }

  return {
    state,
    mistake: () => (state.text === undefined ? undefined : mistakeInObject(state.text)),
    // Whether text is being typed that is no JSON, so that the draft lacks it.
    isBad: () => state.text !== undefined && mistakeInObject(state.text) !== undefined,
    change(text) {
      state.text = text;
      if (text.trim() !== '' && mistakeInObject(text) === undefined) {
        draft.mine.definition = new JsonText(text);
        checkSoon();
      }
      draft.changed();
    },
    begin() {
      if (state.adoption === undefined) {
        askForAdoption();
      }
    },
    reset() {
      Object.assign(state, { text: undefined, problems: [], warnings: [], adoption: undefined });
    },
    close() {
      clearTimeout(timer);
      request?.abort();
    },
  };
}

export function rawView(draft, editor, { mayEdit, adopt }) {
  const { state } = editor;
  editor.begin();
  if (!mayEdit) {
    return html`<p class="hint">${explanation}</p><pre aria-label="Evaluation JSON">${coloured(draft.mine.definition.text)}</pre>`;
  }
  const isCurrent = state.text !== undefined && (editor.isBad() || same(new JsonText(state.text), draft.mine.definition));
  const text = isCurrent ? state.text : indented(draft.mine.definition.text);
  const mistake = isCurrent ? editor.mistake() : undefined;
  const found = mistake ? [{ line: mistake.line, message: `Line ${mistake.line}, column ${mistake.column}: ${mistake.message}` }] : state.problems;
  return html`<div class="stack">
    <p class="hint">${explanation}</p>
    ${adoptionView(state.adoption, adopt)}
    <div class="field">
      <label for="definition">Evaluation JSON</label>
      <textarea id="definition" class="definition" rows=${Math.max(14, Math.min(32, text.split('\n').length + 2))} spellcheck="false" .value=${text}
        aria-invalid=${found.length > 0 ? 'true' : 'false'} aria-describedby="definition-problems" @input=${(event) => editor.change(event.target.value)}></textarea>
    </div>
    <div id="definition-problems" role="status">
      ${found.length > 0
        ? html`<ul class="findings">${found.map((each) => finding(each, text, 'bad'))}</ul>`
        : html`<p class="hint">${state.checking ? 'Checking…' : draft.isDirty() ? 'The server accepts it.' : nothing}</p>`}
      ${!mistake && state.warnings.length > 0 ? html`<ul class="findings">${state.warnings.map((each) => finding(each, text, 'warn'))}</ul>` : nothing}
    </div>
  </div>`;
}

const explanation = 'This flag is raw: it is kept as evaluation JSON, because somebody wrote it as such.';

const adoptionView = (adoption, adopt) =>
  adoption === undefined || adoption === 'asking'
    ? nothing
    : adoption.isPossible
      ? html`<div class="actions"><button type="button" @click=${adopt}>Edit it as a form…</button><span class="hint">It translates without loss.</span></div>`
      : html`<p class="hint">It cannot be edited as a form: ${adoption.reason}</p>`;

function finding({ path: place = '', message, line }, text, kind) {
  const at = line ?? lineOf(text, steps(place));
  return html`
    <li>
      <span class="badge ${kind}">${kind === 'bad' ? 'error' : 'warning'}</span>
      <button class="small" type="button" @click=${() => jump(text, at)}>Line ${at}</button>
      ${place ? html`<code>${steps(place).join('.')}</code>` : nothing} ${message}
    </li>
  `;
}

// The steps of a path within the definition: of “flags.checkout.segments[0].variant” or “definition.segments[0].variant”.
function steps(place) {
  const all = parts(place);
  return all[0] === 'flags' ? all.slice(2) : all[0] === 'definition' ? all.slice(1) : all;
}

function jump(text, line) {
  const area = document.getElementById('definition');
  const before = text.split('\n').slice(0, line - 1);
  const start = before.reduce((all, each) => all + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (text.split('\n')[line - 1]?.length ?? 0));
  area.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(area).lineHeight));
}

// The line of the value that steps such as ['segments', '0', 'variant'] lead to, or of the last one that exists.
export function lineOf(text, steps) {
  // For each open object or array, the member or index that is being read.
  const here = [];
  let line = 1;
  let found = { depth: 0, line: 1 };
  const arrive = () => {
    if (here.length > found.depth && here.length <= steps.length && here.every((step, i) => String(step) === steps[i])) {
      found = { depth: here.length, line };
    }
  };
  for (const { kind, text: token } of read(text).tokens) {
    if (kind === 'key') {
      here.pop();
      here.push(JSON.parse(token));
      arrive();
    } else if (kind === 'comma') {
      const last = here.pop();
      here.push(typeof last === 'number' ? last + 1 : undefined);
    } else if (kind === 'close') {
      here.pop();
    } else if (kind !== 'space' && kind !== 'colon') {
      arrive();
      if (kind === 'open') {
        here.push(token === '[' ? 0 : undefined);
      }
    }
    line += token.split('\n').length - 1;
  }
  return found.line;
}
