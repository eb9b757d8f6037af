// Groups while somebody edits them, and the writes that save them. Pure.

export const COLLECTIONS = { mutex: 'mutexes', holdout: 'holdouts' };

// Limits of the API.
export const MOST_SLOTS = 20;
export const LEAST_HELD_OUT = 1;
export const MOST_HELD_OUT = 99;

// original: the group as the API answered it, or undefined for a new one.
export const mutexDraft = (original, etag) => ({
  kind: 'mutex',
  original,
  etag,
  name: original?.name ?? '',
  bucketingKey: original?.bucketingKey ?? 'user_id',
  slots: (original?.slots ?? [newSlot([]), newSlot([{ variantKey: 'slot-1', name: 'SLOT 1' }])]).map((slot) => ({
    ...slot,
    experiments: slot.experiments.map(String),
  })),
});

export const holdoutDraft = (original, etag) => ({
  kind: 'holdout',
  original,
  etag,
  name: original?.name ?? '',
  bucketingKey: original?.bucketingKey ?? 'user_id',
  holdoutPercentage: original?.holdoutPercentage ?? 5,
  experiments: (original?.experiments ?? []).map(String),
  individualInclusion: original?.individualInclusion ?? [],
  individualExclusion: original?.individualExclusion ?? [],
});

export const draftOf = (kind, original, etag) => (kind === 'mutex' ? mutexDraft : holdoutDraft)(original, etag);

// A slot with a key that the others do not have.
export function newSlot(others, percentage = 50) {
  let number = 1;
  while (others.some(({ variantKey }) => variantKey === `slot-${number}`)) {
    number += 1;
  }
  return { name: `SLOT ${number}`, variantKey: `slot-${number}`, percentage, experiments: [], holdouts: [], individuals: [], cohorts: [] };
}

// Percent of the traffic that no slot has.
export const free = (slots) => 100 - slots.reduce((sum, { percentage }) => sum + percentage, 0);

// The largest percentage that a slot may have beside the others.
export const most = (slots, slot) => slot.percentage + free(slots);

// Puts an experiment into a slot, and takes it out of every other slot of the drafts: a user is in at most one of the
// experiments of a group, and an experiment is in one group.
export function move(drafts, id, target) {
  for (const { slots = [] } of drafts) {
    for (const slot of slots) {
      slot.experiments = slot.experiments.filter((each) => each !== id);
    }
  }
  target.experiments = [...target.experiments, id];
}

// What a draft changes of its original: the body of a PATCH or POST; undefined if nothing.
export function body(draft, project) {
  const whole = draft.kind === 'mutex' ? mutexBody(draft) : holdoutBody(draft);
  if (draft.original === undefined) {
    return { projectId: project, bucketingKey: draft.bucketingKey, ...whole };
  }
  const before = draft.kind === 'mutex' ? mutexBody(mutexDraft(draft.original)) : holdoutBody(holdoutDraft(draft.original));
  const changed = Object.entries(whole).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

const mutexBody = ({ name, slots }) => ({
  name: name.trim(),
  // Their order is their index.
  slots: slots.map(({ index, ...slot }) => slot),
});

const holdoutBody = ({ name, holdoutPercentage, experiments, individualInclusion, individualExclusion }) => ({
  name: name.trim(),
  holdoutPercentage,
  experiments,
  individualInclusion,
  individualExclusion,
});

// The writes of one batch. Groups that only lose experiments come first, so that no experiment is in two groups meanwhile.
export function writes(drafts, project) {
  return drafts
    .map((draft) => ({ draft, body: body(draft, project) }))
    .filter(({ body }) => body !== undefined)
    .sort((a, b) => gains(a.draft) - gains(b.draft))
    .map(({ draft: { kind, original, etag }, body }) =>
      original === undefined
        ? { method: 'POST', path: `/${COLLECTIONS[kind]}`, body }
        : { method: 'PATCH', path: `/${COLLECTIONS[kind]}/${original.id}`, ifMatch: etag, body },
    );
}

const members = ({ slots, experiments = [] }) => (slots ? slots.flatMap((slot) => slot.experiments.map(String)) : experiments.map(String));

function gains(draft) {
  const before = draft.original === undefined ? [] : members(draft.original);
  return members(draft).filter((id) => !before.includes(id)).length;
}

// Why the drafts cannot be saved yet, or undefined.
export function obstacle(drafts) {
  if (drafts.some(({ name }) => name.trim() === '')) {
    return 'Each group needs a name.';
  }
  if (drafts.some(({ slots }) => slots?.length === 0)) {
    return 'A mutual exclusion group needs a slot.';
  }
  return undefined;
}
