// Who gets what: the steps of an evaluation in their order.
import { html, nothing } from '../../page/lit-html.js';
import { known } from '../../directory.js';
import { check, choice, several, text } from '../../fields.js';
import { href } from '../../router.js';
import { conditionsInWords, list, rolloutInWords } from '../../words.js';
import { conditionView } from './condition.js';
import { rolloutView, shareBar } from './rollout.js';

const OFF = 'off';

// draft: of draft.js. tools: {mayEdit, draw, context, flags: [{id, key, variants}], groups: [{id, key, name, kind, share}],
// opened: WeakSet of segments}
export function targetingView(draft, tools) {
  const { mine } = draft;
  const variants = mine.variants.map(({ key }) => key);
  const steps = [
    inclusionsStep(draft, tools, variants),
    prerequisitesStep(draft, tools),
    groupsStep(draft, tools),
    ...(mine.stickyBucketing === undefined ? [] : [stickyStep(draft, tools)]),
    ...mine.targetSegments.map((segment, i) => segmentStep(draft, tools, variants, segment, i)),
    ...(tools.mayEdit ? [addStep(draft, tools, variants)] : []),
    everyoneStep(draft, tools, variants),
  ].filter(Boolean);
  let number = 0;
  return html`
    ${mine.enabled ? nothing : html`<p class="warning">It is off: everybody gets <code>off</code>, whatever the steps below say.</p>`}
    <ol class="ladder">
      ${steps.map(
        ({ title, share, body, actions, quiet, contested, id }) => html`
          <li class="step ${quiet ? 'quiet' : ''}" id=${id ?? nothing}>
            <div class="step-head">
              <span class="step-number" aria-hidden="true">${quiet ? '+' : (number += 1)}</span>
              ${title ? html`<h2>${title}</h2>` : nothing}
              ${contested ? html`<span class="badge warn">both changed</span>` : nothing}
              <span class="step-share">${share ?? nothing}</span>
              ${actions ?? nothing}
            </div>
            ${body ? html`<div class="step-body">${body}</div>` : nothing}
          </li>
        `,
      )}
    </ol>
  `;
}

// ---- Individual inclusions

function inclusionsStep(draft, { mayEdit, context, draw, project, opened }, variants) {
  const { mine } = draft;
  const all = [...variants, OFF];
  const used = all.filter((variant) => (mine.inclusions[variant]?.users.length ?? 0) + (mine.inclusions[variant]?.cohorts.length ?? 0) > 0);
  const summary =
    used.length === 0
      ? 'nobody'
      : used
          .map((variant) => {
            const { users, cohorts } = mine.inclusions[variant];
            return `${variant}: ${[list(users, 4), list(cohorts.map((id) => `cohort ${context.cohorts[id] ?? id}`), 4)].filter(Boolean).join(', ')}`;
          })
          .join(' · ');
  if (!mayEdit && used.length === 0) {
    return undefined;
  }
  const cohorts = known('cohorts', project);
  const set = (variant, values) => {
    const { users = [], cohorts: some = [], ...other } = { ...mine.inclusions[variant], ...values };
    const { [variant]: _, ...rest } = mine.inclusions;
    mine.inclusions = users.length + some.length === 0 ? rest : { ...mine.inclusions, [variant]: { users, cohorts: some, ...other } };
    draft.changed();
  };
  const isOpen = opened.has(inclusionsStep);
  return {
    title: 'Individual users and cohorts',
    share: summary,
    contested: draft.isContested('inclusions'),
    actions: mayEdit ? toggle('individual users and cohorts', isOpen, () => flip(opened, inclusionsStep, draw)) : undefined,
    body: isOpen && mayEdit
      ? html`
          <p class="hint">They always get this variant, whatever the next steps say, also within exclusion and holdout groups.</p>
          ${all.map(
            (variant) => html`
              <div class="pair">
                ${several(`Users with ${variant}`, {
                  id: `include-users-${variant}`,
                  values: mine.inclusions[variant]?.users ?? [],
                  change: (users) => set(variant, { users }),
                  hint: 'User or device ids. Paste a list to add all of its lines.',
                })}
                ${several(`Cohorts with ${variant}`, {
                  id: `include-cohorts-${variant}`,
                  values: mine.inclusions[variant]?.cohorts ?? [],
                  change: (some) => set(variant, { cohorts: some }),
                  suggestions: cohorts.map(({ id }) => id),
                  show: (id) => context.cohorts[id] ?? id,
                  read: (name) => cohorts.find((cohort) => cohort.name === name)?.id ?? name,
                })}
              </div>
            `,
          )}
        `
      : undefined,
  };
}

const toggle = (what, isOpen, run) =>
  html`<button class="small" type="button" aria-expanded=${isOpen} aria-label="${isOpen ? 'Close' : 'Edit'} ${what}" @click=${run}>${isOpen ? 'Close' : 'Edit'}</button>`;

function flip(opened, key, draw) {
  if (!opened.delete(key)) {
    opened.add(key);
  }
  draw();
}

// ---- Prerequisites and groups

function prerequisitesStep(draft, { mayEdit, flags, groups, context, project, draw, opened }) {
  const { mine } = draft;
  const dependencies = mine.parentDependencies;
  const isGroup = (id) => groups.some((group) => group.id === id);
  const needed = Object.entries(dependencies.flags).filter(([id]) => !isGroup(id));
  const key = (id) => context.flags[id] ?? id;
  if (!mayEdit && needed.length === 0) {
    return undefined;
  }
  const set = (values) => {
    mine.parentDependencies = { ...dependencies, ...values };
    draft.changed();
  };
  const isOpen = opened.has(prerequisitesStep);
  const candidates = flags.filter(({ id }) => id !== draft.id && dependencies.flags[id] === undefined);
  const add = (event) => {
    const found = candidates.find((flag) => flag.key === event.target.value.trim());
    if (found) {
      set({ flags: { ...dependencies.flags, [found.id]: found.variants.slice(-1) } });
      event.target.value = '';
    }
  };
  return {
    title: 'Prerequisites',
    share:
      needed.length === 0
        ? 'none'
        : needed.map(([id, keys]) => `${key(id)} is ${list(keys)}`).join(dependencies.operator === 'any' ? ' or ' : ' and ') + ', otherwise off',
    contested: draft.isContested('parentDependencies'),
    actions: mayEdit ? toggle('prerequisites', isOpen, () => flip(opened, prerequisitesStep, draw)) : undefined,
    body: isOpen && mayEdit
      ? html`
          ${needed.map(
            ([id, keys]) => html`
              <div class="prerequisite">
                ${several(`${key(id)} must be`, {
                  id: `prerequisite-${id}`,
                  values: keys,
                  change: (some) => set({ flags: { ...dependencies.flags, [id]: some } }),
                  suggestions: flags.find((flag) => flag.id === id)?.variants ?? [],
                })}
                <a href=${href({ project, screen: flags.find((flag) => flag.id === id)?.type ?? 'flag', ids: [id] })}>Open ${key(id)}</a>
                <button class="small" type="button" aria-label="Remove the prerequisite ${key(id)}"
                  @click=${() => {
                    const { [id]: _, ...rest } = dependencies.flags;
                    set({ flags: rest });
                  }}>✕</button>
              </div>
            `,
          )}
          <div class="field">
            <label for="prerequisite-new">Add a flag</label>
            <input id="prerequisite-new" list="prerequisite-flags" autocomplete="off" spellcheck="false" placeholder="key of a flag" @change=${add}>
            <datalist id="prerequisite-flags">${candidates.slice(0, 1_000).map((flag) => html`<option value=${flag.key}></option>`)}</datalist>
            <p class="hint">Users for whom it has no variant of these get <code>off</code>.</p>
          </div>
          ${needed.length > 1
            ? choice('Users need', {
                id: 'prerequisite-operator',
                value: dependencies.operator,
                options: [
                  ['all', 'all of them'],
                  ['any', 'any one of them'],
                ],
                change: (operator) => set({ operator }),
              })
            : nothing}
        `
      : undefined,
  };
}

function groupsStep({ resource, project }, { groups }) {
  const ids = Object.keys(resource.parentDependencies?.flags ?? {});
  const mine = groups.filter(({ id }) => ids.includes(id));
  return mine.length === 0
    ? undefined
    : {
        title: 'Groups',
        share: 'everybody outside gets off',
        body: html`
          <ul class="sentences">
            ${mine.map(
              (group) => html`<li>
                <a href=${href({ project, screen: 'groups', ids: [group.id] })}>${group.name || group.key}</a>, ${group.words(resource.id)}
              </li>`,
            )}
          </ul>
        `,
      };
}

function stickyStep(draft, { mayEdit }) {
  const { mine } = draft;
  if (!mayEdit && !mine.stickyBucketing) {
    return undefined;
  }
  return {
    title: 'Sticky bucketing',
    share: mine.stickyBucketing ? 'users keep the variant that they have' : 'off',
    contested: draft.isContested('stickyBucketing'),
    body: mayEdit
      ? html`
          ${check('Users keep the variant that they have', {
            checked: mine.stickyBucketing,
            change(value) {
              mine.stickyBucketing = value;
              draft.changed();
            },
          })}
          ${mine.stickyBucketing
            ? html`<p class="hint">It holds while the application sends the variant as the user property <code>[Experiment] ${draft.resource.key}</code>.</p>`
            : nothing}
        `
      : undefined,
  };
}

// ---- Segments

function segmentStep(draft, tools, variants, segment, i) {
  const { mayEdit, context, draw, opened, project } = tools;
  const { mine } = draft;
  const isOpen = mayEdit && opened.has(segment);
  const id = `segment-${i}`;
  const name = segment.name || `Segment ${i + 1}`;
  const changed = () => draft.changed();
  const move = (by) => () => {
    const target = i + by;
    [mine.targetSegments[i], mine.targetSegments[target]] = [mine.targetSegments[target], mine.targetSegments[i]];
    changed();
    // The button moves with its segment, and the focus with it.
    queueMicrotask(() => document.getElementById(`segment-${target}-${by < 0 ? 'up' : 'down'}`)?.focus());
  };
  return {
    id,
    title: name,
    share: rolloutInWords(segment.percentage, segment.rolloutWeights, variants, ' of matching users'),
    contested: draft.isContested('targetSegments', segment.name),
    actions: mayEdit
      ? html`<span class="step-actions">
          <button class="small" type="button" id="${id}-up" ?disabled=${i === 0} aria-label="Move ${name} up" @click=${move(-1)}>↑</button>
          <button class="small" type="button" id="${id}-down" ?disabled=${i === mine.targetSegments.length - 1} aria-label="Move ${name} down" @click=${move(1)}>↓</button>
          ${toggle(`segment ${name}`, isOpen, () => flip(opened, segment, draw))}
        </span>`
      : undefined,
    body: html`
      <p class="sentence">If ${conditionsInWords(segment.conditions, context)}</p>
      ${isOpen ? segmentForm(segment, { id, name, draft, project, draw, variants, i, changed }) : shareBar(segment.percentage, segment.rolloutWeights, variants, name)}
    `,
  };
}

function segmentForm(segment, { id, name, draft, project, draw, variants, i, changed }) {
  const { mine } = draft;
  return html`
    ${text('Name', {
      id: `${id}-name`,
      value: segment.name,
      problem: segment.name.trim() === '' ? 'A segment needs a name.' : undefined,
      change(value) {
        segment.name = value;
        changed();
      },
    })}
    <div class="conditions-form">
      <p class="conditions-title">Users match if all of these hold</p>
      ${segment.conditions.length === 0 ? html`<p class="hint">Without a condition, everyone matches.</p>` : nothing}
      ${segment.conditions.map((condition, at) =>
        conditionView(condition, {
          id: `${id}-condition-${at}`,
          project,
          draw,
          changed,
          position: at + 1,
          remove() {
            segment.conditions.splice(at, 1);
            changed();
          },
        }),
      )}
      <button class="small" type="button" id="${id}-add"
        @click=${() => {
          segment.conditions.push({ type: 'property', prop: '', op: 'is', values: [] });
          changed();
          queueMicrotask(() => document.getElementById(`${id}-condition-${segment.conditions.length - 1}-prop`)?.focus());
        }}>+ Add a condition</button>
    </div>
    ${rolloutView({
      id,
      title: 'Share of matching users who get a variant',
      variants,
      rollout: { percentage: segment.percentage, weights: segment.rolloutWeights, mode: segment.allocationMode },
      hint: 'The others get off; later segments do not see them.',
      change({ percentage, weights, mode }) {
        Object.assign(segment, { percentage, rolloutWeights: weights });
        if (mode !== undefined) {
          segment.allocationMode = mode;
        }
        changed();
      },
    })}
    <div class="actions">
      <button class="danger small" type="button"
        @click=${() => {
          mine.targetSegments.splice(i, 1);
          changed();
          queueMicrotask(() => document.getElementById('segment-new')?.focus());
        }}>Remove ${name}</button>
    </div>
  `;
}

function addStep(draft, { opened }, variants) {
  const { mine } = draft;
  const add = () => {
    const names = new Set(mine.targetSegments.map(({ name }) => name));
    let number = mine.targetSegments.length + 1;
    while (names.has(`Segment ${number}`)) {
      number += 1;
    }
    const segment = {
      name: `Segment ${number}`,
      conditions: [{ type: 'property', prop: '', op: 'is', values: [] }],
      percentage: 0,
      rolloutWeights: { ...mine.rolloutWeights },
    };
    mine.targetSegments.push(segment);
    opened.add(segment);
    draft.changed();
    queueMicrotask(() => document.getElementById(`segment-${mine.targetSegments.length - 1}-name`)?.select());
  };
  return { quiet: true, title: undefined, share: undefined, actions: html`<button class="small" type="button" id="segment-new" @click=${add}>Add a segment</button>` };
}

// ---- Everyone else

function everyoneStep(draft, { mayEdit }, variants) {
  const { mine } = draft;
  return {
    title: 'Everyone else',
    share: rolloutInWords(mine.rolloutPercentage, mine.rolloutWeights, variants),
    contested: draft.isContested('rolloutPercentage') || draft.isContested('rolloutWeights'),
    body: mayEdit
      ? rolloutView({
          id: 'everyone',
          title: 'Share of everyone else who gets a variant',
          variants,
          rollout: { percentage: mine.rolloutPercentage, weights: mine.rolloutWeights, mode: mine.allocationMode },
          hint: 'Growing it moves nobody between variants.',
          change({ percentage, weights, mode }) {
            Object.assign(mine, { rolloutPercentage: percentage, rolloutWeights: weights, allocationMode: mode });
            draft.changed();
          },
        })
      : shareBar(mine.rolloutPercentage, mine.rolloutWeights, variants, 'Everyone else'),
  };
}
