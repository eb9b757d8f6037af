// Cohorts: lists of users that conditions name.
import { html, nothing } from '../page/lit-html.js';
import { all, call, path } from '../api.js';
import { ask } from '../ask.js';
import { forget } from '../directory.js';
import { text } from '../fields.js';
import { listView, liveList, number, table } from '../lists.js';
import { say } from '../notices.js';
import { href } from '../router.js';
import { can } from '../session.js';
import { when } from '../times.js';
import { uploadCohort } from './cohorts/upload.js';

const SHOWN_FLAGS = 3;

export const cohorts = {
  name: 'cohorts',
  label: 'Cohorts',
  ofProject: true,
  open: ({ project }, draw) => {
    const list = liveList(
      () => all(path('cohorts', { projectId: project, limit: 1_000 }), 'cohorts'),
      draw,
      (change) => change.projectId === project && change.resourceType === 'cohort',
    );
    const administrator = () => can('administer', project);

    async function changed(words) {
      forget('cohorts', project);
      await list.reload();
      say(words, { kind: 'good' });
    }

    async function upload(cohort) {
      const stored = await uploadCohort({ project, cohort, known: list.items ?? [] });
      if (stored) {
        await changed(`${stored.id} has ${stored.size === 1 ? 'one member' : `${number(stored.size)} members`}.`);
      }
    }

    async function describe(cohort) {
      const answer = await ask({
        title: `Change ${cohort.name || cohort.id}`,
        action: 'Save',
        fields: { name: cohort.name || cohort.id, description: cohort.description ?? '' },
        view: (fields, set, ids) => html`
          ${text('Name', { id: ids.name, value: fields.name, change: set('name'), autofocus: true })}
          ${text('Description', { id: ids.description, value: fields.description, change: set('description'), rows: 3 })}
        `,
        ready: ({ name }) => name.trim() !== '',
        send: ({ name, description }) =>
          call('PATCH', path('cohorts', cohort.id, { projectId: project }), { ifMatch: cohort.version && `"${cohort.version}"`, body: { name: name.trim(), description } }),
      });
      if (answer) {
        await changed(`${answer.body.name} is changed.`);
      }
    }

    async function remove(cohort) {
      const name = cohort.name || cohort.id;
      const deleted = await ask({
        title: `Delete ${name}?`,
        action: 'Delete',
        project,
        dangerous: true,
        view: () => html`
          <p>${cohort.origin === 'upload' ? 'Its members are lost.' : nothing} Conditions that name it match nobody then.</p>
          ${cohort.usedBy?.length > 0 ? html`<p>It is used by ${usedBy(cohort, cohort.usedBy.length)}.</p>` : nothing}
        `,
        send: () => call('DELETE', path('cohorts', cohort.id, { projectId: project })),
      });
      if (deleted) {
        await changed(`${name} is deleted.`);
      }
    }

    const usedBy = ({ usedBy: flags }, most = SHOWN_FLAGS) =>
      flags === undefined
        ? html`<span class="hint">unknown</span>`
        : flags.length === 0
          ? html`<span class="hint">no flag</span>`
          : html`${flags.slice(0, most).map(
              ({ id, type, key }, i) => html`${i === 0 ? '' : ', '}<a class="flag-key" href=${href({ project, screen: type === 'experiment' ? 'experiment' : type === 'flag' ? 'flag' : 'groups', ids: ['flag', 'experiment'].includes(type) ? [id] : [] })}>${key}</a>`,
            )}${flags.length > most ? html` and ${flags.length - most} more` : nothing}`;

    const name = (cohort) => html`
      <span class="row-name">${cohort.name || cohort.id}</span>
      ${cohort.name && cohort.name !== cohort.id ? html`<code class="hint">${cohort.id}</code>` : nothing}
      ${cohort.groupType && cohort.groupType !== 'User' ? html`<span class="badge off">${cohort.groupType}</span>` : nothing}
      ${cohort.description ? html`<br><span class="hint">${cohort.description}</span>` : nothing}
      ${cohort.origin === 'document' ? html`<span class="badge off" title="A part of the ruleset document">in the ruleset</span>` : nothing}
    `;

    const actions = (cohort) =>
      !administrator()
        ? nothing
        : html`
            <button class="small" type="button" @click=${() => upload(cohort)}>Replace<span class="unseen"> the members of ${cohort.id}</span></button>
            ${cohort.origin === 'document'
              ? nothing
              : html`<button class="small" type="button" @click=${() => describe(cohort)}>Change<span class="unseen"> ${cohort.id}</span></button>
                  <button class="small" type="button" @click=${() => remove(cohort)}>Delete<span class="unseen"> ${cohort.id}</span></button>`}
          `;

    const view = (items) => html`
      <div class="card">
        ${table(
          'Cohorts',
          ['Cohort', { label: 'Members', amount: true }, 'Changed', 'Used by', { label: 'Actions', hidden: true }],
          items.map((each) => [
            name(each),
            number(each.size ?? 0),
            html`${when(each.lastModifiedAt ?? (each.lastModified ? new Date(each.lastModified).toISOString() : undefined))}${each.lastModifiedBy ? html` <span class="hint">by ${each.lastModifiedBy}</span>` : nothing}`,
            usedBy(each),
            html`<div class="row-actions">${actions(each)}</div>`,
          ]),
        )}
      </div>
    `;

    return {
      title: 'Cohorts',
      view: () => html`
        <div class="head">
          <h1>Cohorts</h1>
          <span class="fill"></span>
          ${administrator() ? html`<button class="primary" type="button" @click=${() => upload()}>New cohort</button>` : nothing}
        </div>
        ${listView(list, view, html`<p class="empty-title">No cohorts yet</p><p>A cohort is a list of user ids, such as beta testers. Conditions of flags can name it.</p>`)}
      `,
      keys: { n: { does: 'New cohort', run: () => (administrator() ? void upload() : false) } },
      close: () => list.close(),
    };
  },
};
