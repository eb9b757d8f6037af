// Promotion: copies a flag or experiment to another project, after showing the difference.
import { html } from '../../page/lit-html.js';
import { open } from '../../dialogs.js';
import { choice } from '../../fields.js';
import { save } from '../../save.js';
import { can } from '../../session.js';
import { projects } from '../../shell.js';

export async function openCopy({ project, collection, resource }) {
  const targets = projects().filter(({ id }) => id !== project && can('write', id, { key: resource.key }));
  let target = targets[0]?.id;
  const chosen = await open({
    title: `Copy ${resource.key}`,
    content: (close, draw) =>
      targets.length === 0
        ? html`<p>There is no other project that you may change.</p>
            <div class="actions"><button type="button" @click=${() => close()}>Close</button></div>`
        : html`
            <p>Copies what is saved, not the draft. A flag with the same key there keeps its salt, its deployments and its groups.</p>
            ${choice('To the project', {
              id: 'copy-target',
              value: target,
              options: targets.map(({ id, name }) => [id, name || id]),
              change(value) {
                target = value;
                draw();
              },
            })}
            <div class="actions">
              <button class="primary" type="button" @click=${() => close(target)}>Show the difference</button>
              <button type="button" @click=${() => close()}>Cancel</button>
            </div>
          `,
  });
  if (chosen !== undefined) {
    await save({
      project: chosen,
      title: `Copy ${resource.key} to ${chosen}`,
      writes: [{ method: 'POST', path: `/${collection}/${encodeURIComponent(resource.id)}/copy`, body: { projectId: chosen } }],
    });
  }
}
