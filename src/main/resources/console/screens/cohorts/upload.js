// Uploads the members of a cohort, with progress.
import { html, nothing } from '../../page/lit-html.js';
import { Failure, path, upload } from '../../api.js';
import { open } from '../../dialogs.js';
import { newId, text } from '../../fields.js';
import { bytes, number } from '../../lists.js';
import { problem } from '../../problems.js';
import { newGuard } from '../../production.js';
import { membersOf } from './members.js';

const USERS = 'User';

// cohort: the one to replace, or undefined for a new one. Resolves to the stored cohort, or to undefined.
export function uploadCohort({ project, cohort, known }) {
  const ids = { id: newId(), group: newId(), file: newId(), pasted: newId() };
  const state = {
    id: cohort?.id ?? '',
    groupType: cohort?.groupType ?? USERS,
    file: undefined,
    pasted: '',
    failure: undefined,
    // {done, total, words, abort}, while it runs.
    running: undefined,
  };
  const guard = newGuard(project);
  return open({
    title: cohort === undefined ? 'New cohort' : `Replace the members of ${cohort.name || cohort.id}`,
    leave: () => {
      state.running?.abort.abort();
      return true;
    },
    content(close, draw) {
      const set = (name) => (value) => {
        state[name] = value;
        draw();
      };
      const replaces = cohort === undefined && known.some(({ id }) => id === state.id.trim());
      const ready = () => state.id.trim() !== '' && (state.file !== undefined || state.pasted.trim() !== '') && !replaces && guard.passed();

      async function submit(event) {
        event.preventDefault();
        if (!ready() || state.running) {
          return;
        }
        const source = state.file ?? new Blob([state.pasted]);
        const abort = new AbortController();
        state.failure = undefined;
        const show = (words, done, total) => {
          state.running = { words, done, total, abort };
          draw();
        };
        show('Reading', 0, source.size);
        try {
          const { blob, count } = await membersOf(source, { signal: abort.signal, progress: (done) => show('Reading', done, source.size) });
          const words = count === undefined ? 'Sending' : `Sending ${number(count)} members`;
          show(words, 0, blob.size);
          const parameters = { projectId: project, groupType: state.groupType.trim() === USERS ? undefined : state.groupType.trim() };
          const stored = await upload('PUT', path('cohorts', state.id.trim(), parameters), blob, {
            type: 'application/x-ndjson',
            signal: abort.signal,
            progress: (done) => show(done < blob.size ? words : 'The server stores it', done, blob.size),
          });
          close(stored);
        } catch (failure) {
          state.running = undefined;
          state.failure = abort.signal.aborted ? undefined : failure instanceof Failure ? failure : unreadable(failure);
          draw();
        }
      }

      return html`
        <form class="stack" @submit=${submit}>
          ${cohort === undefined
            ? html`
                ${text('Id', {
                  id: ids.id,
                  value: state.id,
                  change: set('id'),
                  autofocus: true,
                  hint: 'As conditions name it, such as beta-testers.',
                  problem: replaces ? 'A cohort has this id: replace its members instead.' : undefined,
                })}
                ${text('Members are', {
                  id: ids.group,
                  value: state.groupType,
                  change: set('groupType'),
                  hint: 'User for ids of users, or the type of a group, such as org name.',
                })}
              `
            : nothing}
          <div class="field">
            <label for=${ids.file}>File</label>
            <input class="file" id=${ids.file} type="file" accept=".txt,.csv,.json,.ndjson,text/plain,application/json"
              ?disabled=${state.running !== undefined} aria-describedby="${ids.file}-hint" @change=${(event) => set('file')(event.target.files[0])}>
            <p class="hint" id="${ids.file}-hint">${state.file ? `${state.file.name}, ${bytes(state.file.size)}` : 'One id on each line, or JSON.'}</p>
          </div>
          ${state.file
            ? nothing
            : text('Or paste ids', { id: ids.pasted, value: state.pasted, change: set('pasted'), rows: 5, hint: 'One on each line.', disabled: state.running !== undefined })}
          ${cohort === undefined ? nothing : html`<p class="hint">The new members replace all ${number(cohort.size ?? 0)} present ones, at once.</p>`}
          ${guard.view(draw)}
          ${state.running
            ? html`<div class="field">
                <progress max=${Math.max(1, state.running.total)} .value=${Math.min(state.running.done, state.running.total)} aria-label="Progress of the upload"></progress>
                <p class="hint" role="status">${state.running.words}: ${bytes(state.running.done)} of ${bytes(state.running.total)}</p>
              </div>`
            : nothing}
          ${problem(state.failure)}
          <div class="actions">
            <button class="primary" ?disabled=${!ready() || state.running !== undefined}>Upload</button>
            <button type="button" @click=${() => {
              state.running?.abort.abort();
              if (state.running === undefined) {
                close();
              }
            }}>${state.running ? 'Cancel the upload' : 'Cancel'}</button>
          </div>
        </form>
      `;
    },
  });
}

const unreadable = (error) =>
  new Failure(400, { message: error instanceof TypeError ? 'The file is not UTF-8 text.' : 'The browser cannot read the file. Choose it again.' });
