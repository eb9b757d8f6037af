// One flag or experiment: its targeting, variants, details, trials, history and JSON, edited as a draft.
import { html, nothing } from '../page/lit-html.js';
import { coloured } from '../page/json.js';
import { call, path, writeKey } from '../api.js';
import { confirm } from '../dialogs.js';
import { known } from '../directory.js';
import { stringify } from '../exact.js';
import { names } from '../names.js';
import { say } from '../notices.js';
import { problem } from '../problems.js';
import { go, href } from '../router.js';
import { save, undoLast } from '../save.js';
import { can, who } from '../session.js';
import { summaries } from '../summaries.js';
import { ago } from '../times.js';
import { changeInWords } from '../words.js';
import { openCopy } from './flag/copy.js';
import { detailsView } from './flag/details.js';
import { openDraft } from './flag/draft.js';
import { rawEditor, rawView } from './flag/raw.js';
import { targetingView } from './flag/targeting.js';
import { exampleOf, splitView, trial, userView } from './flag/user.js';
import { hasBadPayload, variantsView } from './flag/variants.js';
import { historyOf } from './history.js';

const TABS = { targeting: 'Targeting', variants: 'Variants', details: 'Details', try: 'Try', history: 'History', json: 'JSON' };

const screen = (type) => ({
  name: type,
  ofProject: true,
  idsAreTabs: true,
  open: (place, draw) => openFlag(type, place, draw),
});

export const flag = screen('flag');
export const experiment = screen('experiment');

function openFlag(type, place, draw) {
  const { project } = place;
  const id = place.ids[0];
  const collection = `${type}s`;
  let tab = tabOf(place);
  let history;
  const opened = new WeakSet();
  const payloads = new WeakMap();
  const draft = openDraft({ project, collection, id, replaced: carryOver }, draw);
  const raw = rawEditor(draft, draw);
  const tried = trial(draft, draw);

  // What is open stays open when a merge replaces the objects of the form.
  function carryOver(before, after) {
    for (const segment of after.targetSegments ?? []) {
      const old = before.targetSegments?.find(({ name }) => name === segment.name);
      if (old !== undefined && opened.has(old)) {
        opened.add(segment);
      }
    }
  }

  const labels = () => {
    const all = new Map(known('deployments', project).map((deployment) => [deployment.id, deployment.label]));
    return (draft.resource?.deployments ?? []).map((deployment) => all.get(deployment) ?? deployment);
  };
  const mayWrite = () => draft.resource !== undefined && can('write', project, { key: draft.resource.key, deployments: labels() });
  const mayEdit = () => mayWrite() && !draft.resource.deleted;
  const title = () => draft.resource?.key ?? (draft.phase === 'loading' ? 'Loading…' : 'Not found');
  const write = (method, more, body) => [{ method, path: `/${collection}/${encodeURIComponent(id)}${more}`, body, ifMatch: `"${draft.version}"` }];

  async function submit() {
    if (!mayEdit() || draft.phase !== 'ready') {
      return false;
    }
    const obstacle = obstacleOf(draft, payloads, raw);
    if (obstacle !== undefined) {
      say(obstacle, { kind: 'bad', shownFor: 8_000 });
      return undefined;
    }
    const writes = draft.writes();
    if (writes.length === 0) {
      say('Nothing has changed, so there is nothing to save.');
      return undefined;
    }
    return saveThis(`Changes of ${draft.resource.key}`, writes);
  }

  async function saveThis(what, writes, after = () => draft.saved()) {
    draft.isSaving = true;
    await save({
      project,
      title: what,
      writes,
      audiences: audiences(draft),
      done: () => {
        raw.reset();
        after();
      },
      undone: () => draft.load(),
      merge: () => {
        draft.isSaving = false;
        draft.load();
      },
    });
    draft.saveEnded();
  }

  async function erase() {
    const { key } = draft.resource;
    if (await confirm({ title: `Delete ${key} for good?`, text: 'This deletes it with all its versions. There is no undo. The audit log keeps its entries.', action: 'Delete for good', dangerous: true })) {
      draft.isSaving = true;
      try {
        await call('DELETE', path(collection, id), { ifMatch: `"${draft.version}"`, key: writeKey() });
        draft.discard();
        say(`Deleted ${key}.`, { kind: 'good' });
        go({ project, screen: 'flags' });
      } catch (failure) {
        draft.saveEnded();
        say(failure.message, { kind: 'bad' });
      }
    }
  }

  const adopt = () => saveThis(`Manage ${draft.resource.key}`, write('POST', '/adopt'));

  const actions = () => ({
    mayArchive: mayWrite(),
    mayCopy: mayWrite() && draft.resource.deleted !== true,
    archive: (isArchived) => saveThis(`${isArchived ? 'Archive' : 'Take back'} ${draft.resource.key}`, write('PATCH', '', { archive: isArchived }), () => draft.load()),
    erase,
    copy: () => openCopy({ project, collection, resource: draft.resource }),
  });

  return {
    title,
    view: () => view(),
    keys: {
      'Ctrl+S': { does: 'Show the difference and save', run: submit },
      u: { does: 'Undo the last save', run: undoLast },
      ...Object.fromEntries(Object.entries(TABS).map(([name, label], i) => [String(i + 1), { does: `Tab ${label}`, run: () => go({ project, screen: type, ids: [id, name] }) }])),
    },
    moved(next) {
      tab = tabOf(next);
      if (draft.phase !== 'ready') {
        draft.load();
      }
    },
    close() {
      history?.close();
      raw.close();
      tried.close();
      draft.close();
    },
  };

  function view() {
    if (draft.phase === 'loading') {
      return html`<p class="hint">Loading…</p>`;
    }
    if (draft.phase !== 'ready') {
      return html`
        <h1>${draft.phase.status === 404 ? 'There is no such flag' : 'The flag cannot be loaded'}</h1>
        ${problem(draft.phase, () => draft.load())}
        <p><a href=${href({ project, screen: 'flags' })}>All flags</a></p>
      `;
    }
    return html`
      <div class="flag-top">${head()} ${newsView(draft, context(), draw)}</div>
      ${tabs()}
      <div role="tabpanel" id="flag-panel" aria-label=${TABS[tab]}>${panel()}</div>
    `;
  }

  function context() {
    return names(project, draft.mine.variants?.map(({ key }) => key));
  }

  function head() {
    const { resource, mine } = draft;
    const isDirty = draft.isDirty();
    const changes = isDirty ? changeInWords(draft.diff(), context()) : [];
    return html`
      <div class="head flag-head">
        <div>
          <p class="hint"><a href=${href({ project, screen: 'flags' })}>Flags</a> / ${type}</p>
          <h1 class="flag-title">${resource.key}</h1>
          ${mine.name && mine.name !== resource.key ? html`<p>${mine.name}</p>` : nothing}
        </div>
        <div class="flag-state">
          ${resource.deleted ? html`<span class="badge off">archived</span>` : nothing}
          ${resource.managed ? nothing : html`<span class="badge off">raw</span>`}
          ${mine.enabled === undefined || resource.deleted
            ? nothing
            : mayEdit()
              ? html`<button type="button" role="switch" class="switch" aria-checked=${mine.enabled} aria-label="${resource.key} is on"
                  @click=${() => {
                    mine.enabled = !mine.enabled;
                    draft.changed();
                  }}><span class="switch-knob" aria-hidden="true"></span> ${mine.enabled ? 'On' : 'Off'}</button>`
              : html`<span class="badge ${mine.enabled ? 'good' : 'off'}">${mine.enabled ? 'on' : 'off'}</span>`}
        </div>
        <span class="fill"></span>
        ${mayEdit()
          ? html`<div class="actions">
              ${isDirty ? html`<button type="button" @click=${discard}>Discard</button>` : nothing}
              <button class="primary" type="button" id="flag-save" ?disabled=${!isDirty} @click=${submit}>Save… <kbd>Ctrl S</kbd></button>
            </div>`
          : nothing}
      </div>
      ${isDirty
        ? html`<details class="unsaved">
            <summary>
              <span class="badge warn">unsaved draft</span>
              ${changes.length === 1 ? changes[0] : `${changes.length} changes`}${draft.restored ? ', from an earlier visit' : ''}
              ${draft.isKept ? nothing : html`<span class="hint wrong">This browser cannot keep it: a reload loses it.</span>`}
            </summary>
            <ul class="sentences">${changes.map((sentence) => html`<li>${sentence}</li>`)}</ul>
          </details>`
        : nothing}
    `;
  }

  async function discard() {
    if (await confirm({ title: 'Discard the draft?', text: 'Your unsaved changes are lost.', action: 'Discard', dangerous: true })) {
      raw.reset();
      draft.discard();
    }
  }

  function tabs() {
    const all = Object.keys(TABS);
    const select = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step !== undefined) {
        event.preventDefault();
        const next = all[(all.indexOf(tab) + step + all.length) % all.length];
        go({ project, screen: type, ids: [id, next] });
        document.getElementById(`tab-${next}`).focus();
      }
    };
    return html`
      <div class="tabs flag-tabs" role="tablist" aria-label="Parts of ${draft.resource.key}" @keydown=${select}>
        ${all.map(
          (name) => html`<button type="button" role="tab" id="tab-${name}" aria-selected=${name === tab} aria-controls="flag-panel" tabindex=${name === tab ? 0 : -1}
            @click=${() => go({ project, screen: type, ids: [id, name] })}>${TABS[name]}</button>`,
        )}
      </div>
    `;
  }

  function panel() {
    const isRaw = !draft.resource.managed;
    const tools = { mayEdit: mayEdit(), project, draw, opened, payloads };
    switch (tab) {
      case 'variants':
        return isRaw ? html`<p class="hint">The variants of a raw flag are in its evaluation JSON, in the tab Targeting.</p>` : variantsView(draft, tools);
      case 'details':
        return detailsView(draft, { ...tools, actions: actions(), tags: tagsOf(summaries(project).rows) });
      case 'try':
        return html`<div class="trials">${tryUser()} ${splitView(tried)}</div>`;
      case 'history':
        history ??= historyOf({ project, type, id }, draw);
        return history.view();
      case 'json':
        return html`<pre aria-label="JSON of the draft">${coloured(stringify({ ...draft.resource, ...draft.mine }))}</pre>`;
      default:
        return isRaw
          ? rawView(draft, raw, { mayEdit: mayEdit(), adopt })
          : html`<div class="beside">
              <div>${targetingView(draft, { ...tools, context: context(), flags: summaries(project).rows, groups: groupsOf(project) })}</div>
              ${tryUser()}
            </div>`;
    }
  }

  function tryUser() {
    return userView(tried, { key: draft.resource.key, isDirty: draft.isDirty(), example: exampleOf(draft.mine.targetSegments?.[0]) });
  }
}

const tabOf = ({ ids: [, tab] }) => (tab in TABS ? tab : 'targeting');

const tagsOf = (rows) => [...new Set(rows.flatMap(({ tags }) => tags ?? []))].sort();

// Whom a preview compares: users without properties, and those of each segment; first those of segments that change.
function audiences({ mine, base }) {
  const identity = mine.bucketingKey === 'device_id' ? 'device_id' : 'user_id';
  const before = (base.targetSegments ?? []).map(stringify);
  const matching = (mine.targetSegments ?? [])
    .map((segment) => ({ label: `users who match “${segment.name}”`, identity, context: exampleOf(segment), isNew: !before.includes(stringify(segment)) }))
    .filter(({ context }) => context !== undefined);
  return [...matching.filter(({ isNew }) => isNew), { label: 'users without properties', identity }, ...matching.filter(({ isNew }) => !isNew)];
}

// Why a draft cannot be saved yet, or undefined.
function obstacleOf(draft, payloads, raw) {
  if (draft.undecided().length > 0) {
    return 'Decide first what to keep where you and somebody else changed the same field.';
  }
  if (hasBadPayload(draft, payloads)) {
    return 'A payload is no valid JSON yet.';
  }
  if (raw.isBad()) {
    return 'The evaluation JSON is not valid yet.';
  }
  for (const { name, conditions } of draft.mine.targetSegments ?? []) {
    if (name.trim() === '') {
      return 'A segment needs a name.';
    }
    if (conditions.some(({ prop }) => prop === '')) {
      return `A condition of the segment “${name}” needs a property.`;
    }
    if (conditions.some(({ values }) => values.length === 0)) {
      return `A condition of the segment “${name}” needs a value.`;
    }
  }
  return undefined;
}

// ---- What others saved meanwhile

function newsView(draft, context, draw) {
  const { news } = draft;
  if (news === undefined) {
    return nothing;
  }
  const { actor, at, words, isMerged, conflicts } = news;
  const isMe = actor === who()?.name;
  if (isMe && !isMerged) {
    return nothing;
  }
  const left = draft.undecided().length;
  return html`
    <section class="warning news" role="status" aria-label="Somebody else's change">
      <p>
        <strong>${isMe ? 'You changed this elsewhere' : `${actor} changed this`}</strong> ${ago(at)}:
        ${changeInWords(words, context).join('; ')}.
        ${isMerged && conflicts.length === 0 ? 'It is merged into your draft.' : nothing}
      </p>
      ${conflicts.length === 0
        ? nothing
        : html`
            <p>${left === 0 ? 'You have decided all conflicts.' : left === 1 ? 'You both changed one field:' : `You both changed ${left} fields:`}</p>
            <ul class="conflicts">
              ${conflicts.map(
                (conflict) => html`<li>
                  <code>${conflict.path}</code>
                  <span>Theirs: ${inWords(conflict, 'theirs', context)}</span>
                  <span>Yours: ${inWords(conflict, 'mine', context)}</span>
                  <span class="actions">
                    <button type="button" aria-pressed=${conflict.choice === 'mine'} @click=${() => draft.decide(conflict, 'mine')}>Keep mine</button>
                    <button type="button" aria-pressed=${conflict.choice === 'theirs'} @click=${() => draft.decide(conflict, 'theirs')}>Take theirs</button>
                  </span>
                </li>`,
              )}
            </ul>
          `}
      ${left === 0
        ? html`<button class="small" type="button"
            @click=${() => {
              draft.news = undefined;
              draw();
            }}>Dismiss</button>`
        : nothing}
    </section>
  `;
}

const inWords = ({ path: place, base, theirs, mine }, side, context) => {
  const value = side === 'theirs' ? theirs : mine;
  return changeInWords([{ path: place, before: base, after: value }], context).join('; ') || (value === undefined ? 'removed' : stringify(value));
};

// ---- Groups

function groupsOf(project) {
  const mutexes = known('mutexes', project).map((group) => ({
    ...group,
    words: (flag) => {
      const slots = (group.slots ?? []).filter(({ experiments = [] }) => experiments.some((each) => String(each) === flag));
      const share = slots.reduce((all, { percentage = 0 }) => all + percentage, 0);
      return slots.length === 0 ? 'an exclusion group' : `an exclusion group: ${share} % of users can be in it`;
    },
  }));
  const holdouts = known('holdouts', project).map((group) => ({
    ...group,
    words: () => (group.holdoutPercentage === undefined ? 'a holdout group' : `a holdout group: ${group.holdoutPercentage} % of users are held out`),
  }));
  return [...mutexes, ...holdouts];
}
