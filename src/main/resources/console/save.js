// Saves writes of the management API, never blindly: first a dialog shows what changes, for whom, and asks why.
import { html, nothing } from './page/lit-html.js';
import { Failure, call, path, writeKey } from './api.js';
import { differenceView } from './difference.js';
import { open } from './dialogs.js';
import { changesIn, stringify } from './exact.js';
import { check, choice, text } from './fields.js';
import { movesView, startPreview } from './moves.js';
import { names } from './names.js';
import { say } from './notices.js';
import { problem } from './problems.js';
import { draw as drawAll, projects } from './shell.js';
import { changeInWords, changeTitle } from './words.js';

const UNDO_MS = 10 * 60_000;
const LONGEST_REASON = 1_000;

const COLLECTIONS = {
  flag: 'flags',
  experiment: 'experiments',
  mutex: 'mutexes',
  holdout: 'holdouts',
  deployment: 'deployments',
  cohort: 'cohorts',
};

// Changes that follow from others, so that undoing those undoes them.
const CONSEQUENCES = ['recompile', 'reconcile'];

// The last save that can be undone: {title, run}.
let undoable;

// Shows what `writes` change, and saves them when the user confirms. Resolves to the answer of POST /api/1/batch, or to
// undefined if the user dismisses the dialog. Nothing is lost when the server refuses: the dialog stays.
//
// project: its id. writes: [{method, path, body, ifMatch, as}] as in POST /api/1/batch; bodies may contain JsonText.
// done(answer): called after the save, before the promise resolves. undone(): called after its undo. merge(failure): called when somebody else changed the
// same fields and the user wants to merge; the dialog closes then. audiences: the users to preview, [{label, identity,
// context: JSON text}].
export async function save({ project, title, writes, done = () => {}, undone = () => {}, merge, audiences = [{ label: 'users without properties' }], reason = '' }) {
  const production = projects().find(({ id }) => id === project)?.production;
  const state = {
    // 'checking', 'ready', 'saving'
    phase: 'checking',
    checked: undefined,
    failure: undefined,
    force: false,
    reason,
    typed: '',
    json: false,
    moves: undefined,
    audience: 0,
    // One key for each request that is meant: a repeated request has the first answer.
    key: writeKey(),
  };
  const text = stringify({ writes });
  let stopped = false;

  const confirmed = () => !production || state.typed.trim() === project;
  const isReady = () => state.phase === 'ready' && state.checked !== undefined && state.checked.changes.length > 0 && confirmed();

  const preview = (audience) => {
    state.moves?.stop();
    state.audience = audience;
    state.moves = startPreview({ project, writes, ...audiences[audience] }, drawAll);
  };

  const checkWrites = async (draw) => {
    state.phase = 'checking';
    state.failure = undefined;
    draw();
    try {
      state.checked = changesIn((await call('POST', path('batch', { dryRun: true, force: state.force }), { text })).text);
      if (!stopped && state.moves === undefined && changesEvaluation(state.checked)) {
        preview(state.audience);
      }
    } catch (failure) {
      state.failure = asFailure(failure);
    }
    state.phase = 'ready';
    drawAll();
    queueMicrotask(focusReason);
  };

  const submit = async (close) => {
    if (!isReady()) {
      return;
    }
    state.phase = 'saving';
    state.failure = undefined;
    drawAll();
    try {
      const answer = await call('POST', path('batch', { force: state.force }), { text, key: state.key, reason: state.reason.trim() });
      close(answer.body);
    } catch (failure) {
      state.failure = asFailure(failure);
      state.phase = 'ready';
      if (failure.code === 'idempotency_mismatch') {
        state.key = writeKey();
      }
      drawAll();
    }
  };

  let started = false;
  const answer = await open({
    title,
    wide: true,
    // An answer that arrives later would have nowhere to go.
    leave: () => state.phase !== 'saving',
    content(close, draw) {
      if (!started) {
        started = true;
        checkWrites(draw);
      }
      return view(state, {
        project,
        production,
        isReady: isReady(),
        submit: () => submit(close),
        recheck: () => checkWrites(draw),
        // Another query is another request for the server.
        force(value) {
          state.force = value;
          state.key = writeKey();
          state.checked = undefined;
          checkWrites(draw);
        },
        audiences,
        preview,
        merge: merge && (() => {
          close(undefined);
          merge(state.failure);
        }),
        draw: drawAll,
        close: () => close(undefined),
      });
    },
    keys: {
      'Ctrl+S': { does: 'Save', run: () => void document.getElementById('save-now')?.click() },
      'Ctrl+Enter': { does: 'Save', run: () => void document.getElementById('save-now')?.click() },
    },
  });
  stopped = true;
  state.moves?.stop();
  if (answer !== undefined) {
    done(answer);
    offerUndo(title, answer, undone);
  }
  return answer;
}

const asFailure = (failure) => {
  if (failure instanceof Failure) {
    return failure;
  }
  throw failure;
};

const changesEvaluation = ({ changes }) => changes.some(({ compiledDiff }) => compiledDiff.length > 0);

// The field appears with the answer of the dry run, when the focus is still on the dialog's first button.
function focusReason() {
  if (!document.activeElement?.matches('input, textarea, select')) {
    document.getElementById('save-reason')?.focus();
  }
}

// ---- View

function view(state, { project, production, isReady, submit, recheck, force, merge, draw, close, audiences, preview }) {
  const { checked, failure } = state;
  return html`
    ${checked === undefined && failure === undefined ? html`<p class="hint" role="status">Checking what changes…</p>` : nothing}
    ${failure?.status === 412 ? conflict(failure, project, merge) : failureView(failure, state, { recheck, submit, force })}
    ${checked === undefined ? nothing : changesView(checked, state, project, draw)}
    ${checked === undefined ? nothing : warningsView(checked.warnings)}
    ${checked === undefined || checked.changes.length === 0 ? nothing : movesPart(checked, state, audiences, preview)}
    ${checked === undefined || checked.changes.length === 0
      ? nothing
      : html`
          <form
            class="stack"
            @submit=${(event) => {
              event.preventDefault();
              submit();
            }}
          >
            ${text('Reason', {
              id: 'save-reason',
              value: state.reason,
              hint: 'Optional. History and audit show it.',
              problem: state.reason.length > LONGEST_REASON ? `At most ${LONGEST_REASON} characters.` : undefined,
              change(value) {
                state.reason = value;
                draw();
              },
            })}
            ${production
              ? text(`Type ${project} to change production`, {
                  id: 'save-project',
                  value: state.typed,
                  hint: `${project} is a production project: users get the change within a second.`,
                  change(value) {
                    state.typed = value;
                    draw();
                  },
                })
              : nothing}
            <div class="actions">
              <button class="primary" id="save-now" ?disabled=${!isReady || state.reason.length > LONGEST_REASON}>${state.phase === 'saving' ? 'Saving…' : 'Save'}</button>
              <button type="button" @click=${close}>Cancel</button>
              <span class="hint">Undo stays possible for ten minutes.</span>
            </div>
          </form>
        `}
    ${checked?.changes.length === 0 ? html`<div class="actions"><button type="button" @click=${close}>Close</button></div>` : nothing}
  `;
}

function failureView(failure, state, { recheck, submit, force }) {
  if (failure === undefined) {
    return nothing;
  }
  const retry = state.checked === undefined ? recheck : submit;
  return html`
    ${problem(failure, [0, 401, 409, 429, 500, 503].includes(failure.status) ? retry : undefined)}
    ${failure.code === 'would_be_empty' || state.force
      ? check('Leave the deployment without flags', { checked: state.force, change: force })
      : nothing}
  `;
}

function conflict(failure, project, merge) {
  const { theirs = [], yours = [] } = failure.details.conflict ?? {};
  const context = names(project);
  return html`
    <div class="warning stack" role="alert">
      <p><strong>Somebody else changed the same fields since you opened this.</strong> Nothing was saved.</p>
      ${sentences('Their change', changeInWords(theirs, context))} ${sentences('Your change', changeInWords(yours, context))}
      ${merge ? html`<div class="actions"><button class="primary" type="button" autofocus @click=${merge}>Merge field by field</button></div>` : nothing}
    </div>
  `;
}

const sentences = (heading, list) => html`
  <div>
    <h3>${heading}</h3>
    <ul class="sentences">${list.map((sentence) => html`<li>${sentence}</li>`)}</ul>
  </div>
`;

function changesView(checked, state, project, draw) {
  const { changes } = checked;
  if (changes.length === 0) {
    return html`<p>This changes nothing.</p>`;
  }
  const own = changes.filter(({ action }) => !CONSEQUENCES.includes(action));
  const consequences = changes.filter(({ action }) => CONSEQUENCES.includes(action));
  const context = names(project);
  return html`
    <section aria-label="What changes">
      ${own.map(
        (change) => html`
          ${sentences(changeTitle(change), changeInWords(change.words, context))}
        `,
      )}
      ${consequences.length > 0
        ? html`<p class="hint">This also changes what is served of ${consequences.map(({ label }) => label).join(', ')}.</p>`
        : nothing}
      <details
        @toggle=${(event) => {
          state.json = event.target.open;
          draw();
        }}
      >
        <summary>As JSON</summary>
        ${state.json
          ? changes.map(
              ({ label, diff, compiledDiff }) => html`
                <h4>${label}</h4>
                ${differenceView(diff)}
                ${compiledDiff.length === 0 ? html`<p class="hint">Evaluation does not change.</p>` : html`<h4>Evaluation of ${label}</h4>${differenceView(compiledDiff)}`}
              `,
            )
          : nothing}
      </details>
    </section>
  `;
}

const warningsView = (warnings) =>
  warnings.length === 0
    ? nothing
    : html`
        <div class="warning">
          <strong>${warnings.length === 1 ? 'One warning' : `${warnings.length} warnings`}</strong>
          <ul class="sentences">${warnings.map(({ path, message }) => html`<li><code>${path}</code> ${message}</li>`)}</ul>
        </div>
      `;

const movesPart = (checked, state, audiences, preview) => html`
  <section class="stack" aria-label="Who moves">
    <h3>Who moves</h3>
    ${!changesEvaluation(checked)
      ? html`<p>Nobody can move: evaluation does not change.</p>`
      : html`
          ${audiences.length > 1
            ? choice('Example users', {
                id: 'save-audience',
                value: String(state.audience),
                options: audiences.map(({ label }, i) => [String(i), label]),
                change: (value) => preview(Number(value)),
              })
            : nothing}
          ${state.moves === undefined ? nothing : movesView(state.moves, () => preview(state.audience))}
        `}
  </section>
`;

// ---- Undo

function offerUndo(title, answer, undone) {
  const writes = undoing(answer);
  if (writes === undefined) {
    say(`Saved: ${title}.`, { kind: 'good' });
    undoable = undefined;
    return;
  }
  const undo = { key: writeKey() };
  const until = Date.now() + UNDO_MS;
  undo.run = async () => {
    remove();
    try {
      await call('POST', path('batch', { force: true }), { text: stringify({ writes }), key: undo.key, reason: `undo: ${title}` });
      undoable = undoable === undo ? undefined : undoable;
      say(`Undone: ${title}.`, { kind: 'good' });
      undone();
    } catch (failure) {
      const isStale = failure.status === 412;
      const canRetry = !isStale && Date.now() < until;
      if (!canRetry) {
        undoable = undefined;
      }
      say(`Cannot undo: ${isStale ? 'somebody has changed it since. The history can revert it.' : failure.message}`, {
        kind: 'bad',
        action: canRetry ? { label: 'Try again', run: undo.run } : undefined,
      });
    }
  };
  undoable = undo;
  const remove = say(`Saved: ${title}.`, { kind: 'good', action: { label: 'Undo', run: undo.run }, shownFor: UNDO_MS });
  setTimeout(() => {
    undoable = undoable === undo ? undefined : undoable;
  }, UNDO_MS);
}

// Undoes the last save if that is still possible. Returns false otherwise.
export function undoLast() {
  if (undoable === undefined) {
    return false;
  }
  undoable.run();
  return true;
}

// The writes that return to the versions before; undefined if there is no way back.
export function undoing({ changes }) {
  const own = changes.filter(({ action, kind }) => !CONSEQUENCES.includes(action) && COLLECTIONS[kind] !== undefined);
  if (own.length === 0 || own.some(({ action }) => action === 'delete')) {
    return undefined;
  }
  const revertible = own.filter(({ kind, version }) => version > 1 && kind !== 'deployment' && kind !== 'cohort');
  const created = own.filter(({ version }) => version === 1);
  if (revertible.length + created.length < own.length) {
    return undefined;
  }
  return [...created, ...revertible].reverse().map(({ kind, id, version }) => {
    const resource = `/${COLLECTIONS[kind]}/${encodeURIComponent(id)}`;
    return version === 1
      ? { method: 'DELETE', path: resource, ifMatch: `"${version}"` }
      : { method: 'POST', path: `${resource}/versions/${version - 1}/revert`, ifMatch: `"${version}"` };
  });
}
