// All projects.
import { html, nothing } from '../page/lit-html.js';
import { call, path } from '../api.js';
import { ask } from '../ask.js';
import { check, text } from '../fields.js';
import { liveList, listView, table } from '../lists.js';
import { say } from '../notices.js';
import { href } from '../router.js';
import { can, canEverywhere } from '../session.js';
import { projectName, readProjects } from '../shell.js';

export const projects = {
  name: 'projects',
  label: 'Projects',
  open: (place, draw) => {
    const list = liveList(readProjects, draw, (change) => change.resourceType === 'project');

    async function create() {
      const answer = await ask({
        title: 'New project',
        action: 'Create',
        fields: { id: '', name: '', production: false },
        view: (fields, set, ids) => html`
          ${text('Key', { id: ids.id, value: fields.id, change: set('id'), autofocus: true, hint: 'Letters, digits, dots, _ and -, such as shop-production. It cannot be changed.' })}
          ${text('Name', { id: ids.name, value: fields.name, change: set('name') })}
          ${productionField(fields, set)}
        `,
        ready: ({ id }) => /^[A-Za-z0-9._-]{1,128}$/.test(id),
        send: async ({ id, name, production }, key) => {
          const { body } = await call('POST', path('projects'), { key, body: { id, name: name.trim() || id } });
          if (production) {
            await call('PATCH', path('projects', body.id), { body: { production } });
          }
          return body;
        },
      });
      if (answer) {
        await list.reload();
        say('The project is created.', { kind: 'good' });
      }
    }

    async function edit(project) {
      const answer = await ask({
        title: `Change ${projectName(project)}`,
        action: 'Save',
        fields: { name: project.name ?? '', production: Boolean(project.production) },
        view: (fields, set, ids) => html`
          ${text('Name', { id: ids.name, value: fields.name, change: set('name'), autofocus: true })} ${productionField(fields, set)}
        `,
        ready: ({ name }) => name.trim() !== '',
        send: ({ name, production }) => call('PATCH', path('projects', project.id), { body: { name: name.trim(), production } }),
      });
      if (answer) {
        await list.reload();
        say('The project is changed.', { kind: 'good' });
      }
    }

    const view = (items) => html`
      <div class="card">
        ${table(
          'Projects',
          ['Project', 'Key', 'Changes', { label: 'Actions', hidden: true }],
          items.map((project) => [
            html`<a class="row-name" href=${href({ project: project.id, screen: 'flags' })}>${projectName(project)}</a>`,
            html`<code>${project.id}</code>`,
            project.production ? html`<span class="badge production">production</span> ask for the key` : 'need no confirmation',
            html`<div class="row-actions">
              <a class="row-link" href=${href({ project: project.id, screen: 'history' })}>History<span class="unseen"> of ${projectName(project)}</span></a>
              ${can('administer', project.id)
                ? html`<button class="small" type="button" @click=${() => edit(project)}>Change<span class="unseen"> ${projectName(project)}</span></button>`
                : nothing}
            </div>`,
          ]),
        )}
      </div>
    `;

    return {
      title: 'Projects',
      view: () => html`
        <div class="head">
          <h1>Projects</h1>
          <span class="fill"></span>
          ${canEverywhere('administer') ? html`<button class="primary" type="button" @click=${create}>New project</button>` : nothing}
        </div>
        ${listView(list, view, html`<p class="empty-title">No projects</p><p>Your token sees no project.</p>`)}
      `,
      keys: { n: { does: 'New project', run: () => (canEverywhere('administer') ? void create() : false) } },
      close: () => list.close(),
    };
  },
};

const productionField = (fields, set) => html`
  <div class="field">
    ${check('Production', { checked: fields.production, change: set('production') })}
    <p class="hint">The console asks for the key of the project before each change of it.</p>
  </div>
`;
