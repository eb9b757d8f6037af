// Dialogs with a few fields and one write.
import { html } from './page/lit-html.js';
import { writeKey } from './api.js';
import { open } from './dialogs.js';
import { newId } from './fields.js';
import { problem } from './problems.js';
import { newGuard } from './production.js';

// Asks for fields, and sends them. view(fields, set, ids) draws them: set(name) changes one. Resolves to the answer of
// send(fields, key), or to undefined if the dialog is dismissed. A failed write keeps the dialog open; its repetition has the
// same key, so that it happens once. project: the one that changes, if the key of a production project is needed.
export function ask({ title, action, fields: initial = {}, view, ready: isComplete = () => true, send, project, wide = false, dangerous = false }) {
  const fields = { ...initial };
  const ids = Object.fromEntries(Object.keys(initial).map((name) => [name, newId()]));
  const state = { sending: false, failure: undefined };
  const guard = newGuard(project);
  const ready = () => isComplete(fields) && guard.passed();
  let key = writeKey();
  return open({
    title,
    wide,
    content: (close, draw) => {
      const set = (name) => (value) => {
        fields[name] = value;
        key = writeKey();
        draw();
      };
      const submit = async (event) => {
        event.preventDefault();
        if (!ready() || state.sending) {
          return;
        }
        Object.assign(state, { sending: true, failure: undefined });
        draw();
        try {
          close((await send(fields, key)) ?? true);
        } catch (failure) {
          Object.assign(state, { sending: false, failure });
          draw();
        }
      };
      return html`
        <form class="stack" @submit=${submit}>
          ${view(fields, set, ids)} ${guard.view(draw)} ${problem(state.failure)}
          <div class="actions">
            <button class=${dangerous ? 'danger' : 'primary'} ?disabled=${!ready() || state.sending}>${state.sending ? 'Sending…' : action}</button>
            <button type="button" @click=${() => close()}>Cancel</button>
          </div>
        </form>
      `;
    },
  });
}
