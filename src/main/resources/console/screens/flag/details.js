// What a flag is called, where it is served, how it is evaluated, and what becomes of it.
import { html, nothing } from '../../page/lit-html.js';
import { known } from '../../directory.js';
import { check, choice, several, text } from '../../fields.js';
import { ago, atTime } from '../../times.js';
import { list } from '../../words.js';

const BUCKETING = {
  user_id: 'The user id: a person keeps the variant on every device. Users without one get off.',
  device_id: 'The device id: works before a login, but a person may get another variant on another device.',
  amplitude_id: 'The user id, or the device id of users without one. A login may change the variant.',
};

const MODES = [
  ['remote', 'only on servers of Variate'],
  ['local', 'also in server SDKs (local evaluation)'],
];

const DECISIONS = [
  ['', 'none'],
  ['rollout', 'roll out a winner'],
  ['rollback', 'roll back'],
  ['continue-running', 'continue'],
];

// actions: {archive(isArchived), erase(), copy(), mayArchive, mayCopy}
export function detailsView(draft, { mayEdit, project, actions, tags }) {
  const { mine, resource } = draft;
  const deployments = known('deployments', project).filter(({ deleted }) => !deleted);
  if (!mayEdit) {
    return html`${facts(mine, resource, deployments)} ${history(resource)} ${danger(draft, actions)}`;
  }
  const set = (name) => (value) => {
    mine[name] = value;
    draft.changed();
  };
  return html`
    <section class="card stack" aria-label="Details">
      <h2>Details</h2>
      ${text('Name', { id: 'flag-name', value: mine.name, change: set('name') })}
      ${text('Description', { id: 'flag-description', value: mine.description, rows: 3, change: set('description') })}
      ${several('Tags', { id: 'flag-tags', values: mine.tags, change: set('tags'), suggestions: tags })}
    </section>
    <section class="card stack" aria-label="Deployments">
      <h2>Deployments</h2>
      ${deployments.length === 0 ? html`<p class="hint">The project has no deployments.</p>` : nothing}
      ${deployments.map(({ id, label, type, allFlags }) =>
        check(html`${label} <span class="hint">${type}${allFlags ? ', serves all flags' : ''}</span>`, {
          checked: mine.deployments.includes(id),
          change: (isIn) => set('deployments')(isIn ? [...mine.deployments, id] : mine.deployments.filter((other) => other !== id)),
        }),
      )}
    </section>
    ${resource.managed ? evaluation(draft, set) : nothing}
    ${resource.managed && mine.experimentType !== undefined ? experiment(draft, set) : nothing}
    ${history(resource)} ${danger(draft, actions)}
  `;
}

const facts = (mine, resource, deployments) => html`
  <section class="card stack" aria-label="Details">
    <h2>Details</h2>
    <dl class="facts">
      <dt>Name</dt><dd>${mine.name}</dd>
      ${mine.description ? html`<dt>Description</dt><dd>${mine.description}</dd>` : nothing}
      <dt>Tags</dt><dd>${mine.tags.length === 0 ? 'none' : list(mine.tags, 20)}</dd>
      <dt>Deployments</dt>
      <dd>${mine.deployments.length === 0 ? 'none by name' : list(mine.deployments.map((id) => deployments.find((each) => each.id === id)?.label ?? id), 20)}</dd>
      ${resource.managed
        ? html`
            <dt>Evaluated</dt><dd>${MODES.find(([mode]) => mode === mine.evaluationMode)?.[1]}</dd>
            <dt>Users are drawn by</dt><dd>${mine.bucketingKey}</dd>
          `
        : nothing}
      ${mine.experimentType === undefined
        ? nothing
        : html`
            <dt>State</dt><dd>${resource.state}</dd>
            <dt>Start and end</dt><dd>${mine.startDate ?? 'not set'} to ${mine.endDate ?? 'not set'}</dd>
            <dt>Decision</dt><dd>${mine.decision ?? 'none'}${mine.rolledOutVariant ? `: ${mine.rolledOutVariant}` : ''}</dd>
          `}
    </dl>
  </section>
`;

function evaluation({ mine }, set) {
  const isGroup = mine.bucketingUnit !== 'User';
  const keys = [...new Set(['user_id', 'device_id', 'amplitude_id', mine.bucketingKey])];
  return html`
    <section class="card stack" aria-label="Evaluation">
      <h2>Evaluation</h2>
      <div class="pair">
        ${choice('Evaluated', { id: 'flag-mode', value: mine.evaluationMode, options: MODES, change: set('evaluationMode') })}
        ${isGroup
          ? text(`Property of the ${mine.bucketingUnit} that users are drawn by`, { id: 'flag-bucketing', value: mine.bucketingKey, change: set('bucketingKey') })
          : choice('Users are drawn by', {
              id: 'flag-bucketing',
              value: mine.bucketingKey,
              options: keys.map((key) => [key, key]),
              change: set('bucketingKey'),
              hint: BUCKETING[mine.bucketingKey] ?? `The property ${mine.bucketingKey}. Users without it get off.`,
            })}
      </div>
      <p class="hint">Another key draws all users anew. The salt is <code>${mine.bucketingSalt}</code>.</p>
    </section>
  `;
}

function experiment(draft, set) {
  const { mine, resource } = draft;
  const date = (label, name) => html`
    <div class="field">
      <label for="flag-${name}">${label}</label>
      <input type="date" id="flag-${name}" .value=${(mine[name] ?? '').slice(0, 10)} @change=${(event) => set(name)(event.target.value || null)}>
    </div>
  `;
  return html`
    <section class="card stack" aria-label="Experiment">
      <h2>Experiment</h2>
      <p>It is ${{ planning: 'planned', running: 'running', 'decision-made': 'decided' }[resource.state] ?? resource.state}, run ${resource.run}.</p>
      <div class="pair">${date('Start', 'startDate')} ${date('End', 'endDate')}</div>
      <p class="hint">The dates are for people: they start and end nothing.</p>
      <h3>Decision</h3>
      <div class="pair">
        ${choice('Decision', {
          id: 'flag-decision',
          value: mine.decision ?? '',
          options: DECISIONS,
          change: (value) => set('decision')(value || null),
        })}
        ${choice('Winner', {
          id: 'flag-winner',
          value: mine.rolledOutVariant ?? '',
          options: [['', 'none'], ...mine.variants.map(({ key }) => [key, key])],
          change: (value) => set('rolledOutVariant')(value || null),
        })}
      </div>
      ${text('Why', { id: 'flag-decision-reason', value: mine.decisionReason ?? '', rows: 2, change: (value) => set('decisionReason')(value || null) })}
      <div class="actions">
        <button type="button" ?disabled=${!mine.rolledOutVariant} @click=${() => rollOut(draft)}>Give ${mine.rolledOutVariant ?? 'the winner'} to all users</button>
        <button type="button" @click=${() => rollBack(draft)}>Roll back: nobody gets a variant</button>
      </div>
      <p class="hint">Both change the targeting of the draft. You see who moves before it is saved.</p>
    </section>
  `;
}

function rollOut(draft) {
  const { mine } = draft;
  Object.assign(mine, {
    decision: 'rollout',
    targetSegments: [],
    rolloutPercentage: 100,
    rolloutWeights: Object.fromEntries(mine.variants.map(({ key }) => [key, key === mine.rolledOutVariant ? 1 : 0])),
  });
  draft.changed();
}

function rollBack(draft) {
  Object.assign(draft.mine, { decision: 'rollback', targetSegments: [], rolloutPercentage: 0 });
  draft.changed();
}

const history = (resource) => html`
  <section class="card" aria-label="Origin">
    <dl class="facts">
      <dt>Created</dt><dd title=${atTime(resource.createdAt)}>${ago(resource.createdAt)} by ${resource.createdBy}</dd>
      <dt>Changed</dt><dd title=${atTime(resource.lastModifiedAt)}>${ago(resource.lastModifiedAt)} by ${resource.lastModifiedBy}</dd>
      <dt>Evaluated</dt><dd title=${atTime(resource.lastEvaluated)}>${ago(resource.lastEvaluated)}</dd>
    </dl>
  </section>
`;

const danger = ({ resource }, { archive, erase, copy, mayArchive, mayCopy }) =>
  !mayArchive && !mayCopy
    ? nothing
    : html`
        <section class="card stack" aria-label="More">
          ${mayCopy
            ? html`<div class="actions">
                <button type="button" @click=${copy}>Copy to another project…</button><span class="hint">Shows the difference first.</span>
              </div>`
            : nothing}
          ${mayArchive
            ? html`<div class="actions">
                ${resource.deleted
                  ? html`
                      <button type="button" @click=${() => archive(false)}>Take back from the archive…</button>
                      <button class="danger" type="button" @click=${erase}>Delete for good…</button>
                      <span class="hint">Deletes all its versions. There is no undo.</span>
                    `
                  : html`<button class="danger" type="button" @click=${() => archive(true)}>Archive…</button
                      ><span class="hint">Applications no longer get it. Archive it when no code asks for it.</span>`}
              </div>`
            : nothing}
        </section>
      `;
