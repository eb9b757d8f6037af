// The draft of a flag or experiment: what is served, what the form has, and what others save meanwhile.
import { get, path } from '../../api.js';
import { dropDraft, draftOf, keepDraft } from '../../drafts.js';
import { parse, same, stringify } from '../../exact.js';
import { onChange } from '../../live.js';
import { differences, merge, put } from '../../merge.js';

const KEPT_AFTER_MS = 400;

const EDITABLE = [
  'name', 'description', 'tags', 'deployments', 'enabled', 'evaluationMode', 'bucketingKey', 'bucketingSalt', 'bucketingUnit', 'variants',
  'rolloutPercentage', 'rolloutWeights', 'allocationMode', 'targetSegments', 'parentDependencies', 'inclusions', 'experimentType',
  'stickyBucketing', 'startDate', 'endDate', 'decision', 'decisionReason', 'rolledOutVariant', 'exposureEvent', 'testInstrumentation',
  'metadata', 'definition',
];

const copy = (value) => parse(stringify(value));

// What a write may change of a resource.
function editable(resource) {
  const found = Object.fromEntries(EDITABLE.filter((name) => resource[name] !== undefined).map((name) => [name, resource[name]]));
  if (resource.managed) {
    found.inclusions ??= {};
  }
  return found;
}

// Starts to load; draw() is called after each change, and replaced(before, after) when a merge makes another `mine`. The
// returned object:
// phase: 'loading', 'ready' or a Failure. resource: as the server has it. mine: the editable fields, which the form changes
// in place and then calls changed(). news: what others saved while this draft had changes: {actor, at, words: diff,
// conflicts: [{path, steps, base, theirs, mine, choice}]}.
export function openDraft({ project, collection, id, replaced }, draw) {
  const draft = {
    project,
    collection,
    id,
    phase: 'loading',
    resource: undefined,
    version: 0,
    base: undefined,
    mine: undefined,
    news: undefined,
    // Whether this draft came from an earlier visit.
    restored: false,
    isKept: true,
    // While a save is in flight, its own change must not count as somebody else's.
    isSaving: false,
    missed: false,
  };
  let timer;
  let closed = false;
  // After a save, what the server has is the draft.
  let startsAgain = false;

  const keep = () => {
    clearTimeout(timer);
    timer = undefined;
    if (draft.base === undefined) {
      return;
    }
    if (draft.isDirty()) {
      draft.isKept = keepDraft(project, id, draft);
    } else {
      dropDraft(project, id);
    }
  };

  draft.isDirty = () => draft.base !== undefined && !same(draft.base, draft.mine);
  draft.diff = () => differences(draft.base, draft.mine);

  draft.changed = () => {
    timer ??= setTimeout(keep, KEPT_AFTER_MS);
    draw();
  };

  // One PATCH with the fields that differ.
  draft.writes = () => {
    const body = Object.fromEntries(EDITABLE.filter((name) => !same(draft.base[name], draft.mine[name])).map((name) => [name, draft.mine[name] ?? null]));
    return Object.keys(body).length === 0 ? [] : [{ method: 'PATCH', path: `/${collection}/${encodeURIComponent(id)}`, ifMatch: `"${draft.version}"`, body }];
  };

  draft.discard = () => {
    draft.mine = copy(draft.base);
    draft.news = undefined;
    draft.restored = false;
    keep();
    draw();
  };

  // Conflicts that nobody has decided.
  draft.undecided = () => draft.news?.conflicts.filter(({ choice }) => choice === undefined) ?? [];

  draft.decide = (conflict, choice) => {
    conflict.choice = choice;
    const before = draft.mine;
    draft.mine = copy(put(before, conflict.steps, choice === 'theirs' ? conflict.theirs : conflict.mine));
    replaced(before, draft.mine);
    draft.changed();
  };

  // Whether both sides changed the field at a path or below it.
  draft.isContested = (...steps) => draft.undecided().some((conflict) => steps.every((step, i) => conflict.steps[i] === step));

  // Reads the resource again, and merges it into the draft. by: {actor, at} of the change, if known.
  draft.load = async (by) => {
    try {
      const answer = await get(path(collection, id));
      if (closed) {
        return;
      }
      const resource = parse(answer.text);
      const version = Number(/\d+/.exec(answer.etag ?? '0')[0]);
      if (version < draft.version) {
        // A slow answer from before a later one.
        return;
      }
      const theirs = editable(resource);
      draft.resource = resource;
      if (draft.base === undefined || startsAgain) {
        startsAgain = false;
        begin(theirs, version);
      } else if (version !== draft.version) {
        accept(theirs, version, by ?? { actor: resource.lastModifiedBy, at: resource.lastModifiedAt });
      }
      draft.version = version;
      draft.phase = 'ready';
      keep();
    } catch (failure) {
      if (failure.status === undefined) {
        throw failure;
      }
      if (draft.base === undefined || failure.status === 404) {
        draft.phase = failure;
      }
    }
    draw();
  };

  function begin(theirs, version) {
    const earlier = draftOf(project, id);
    const before = draft.mine;
    draft.base = theirs;
    draft.mine = copy(theirs);
    if (before !== undefined) {
      replaced(before, draft.mine);
    }
    if (earlier !== undefined && !same(earlier.base, earlier.mine)) {
      draft.base = earlier.base;
      draft.mine = earlier.mine;
      draft.restored = true;
      if (earlier.version !== version) {
        accept(theirs, version, { actor: draft.resource.lastModifiedBy, at: draft.resource.lastModifiedAt });
      }
    }
  }

  function accept(theirs, version, by) {
    const words = differences(draft.base, theirs);
    const isDirty = draft.isDirty();
    const { value, conflicts } = merge(draft.base, theirs, draft.mine);
    const before = draft.mine;
    draft.base = theirs;
    draft.mine = copy(isDirty ? value : theirs);
    replaced(before, draft.mine);
    if (words.length > 0) {
      const undecided = draft.undecided().filter(({ path: old }) => !conflicts.some(({ path: fresh }) => fresh === old));
      draft.news = { ...by, words, isMerged: isDirty, conflicts: [...undecided, ...conflicts] };
    }
  }

  draft.saved = async () => {
    draft.isSaving = false;
    startsAgain = true;
    draft.base = copy(draft.mine);
    draft.news = undefined;
    draft.restored = false;
    dropDraft(project, id);
    await draft.load();
  };

  draft.saveEnded = () => {
    draft.isSaving = false;
    if (draft.missed) {
      draft.missed = false;
      draft.load();
    }
  };

  const stopListening = onChange((change) => {
    if (change === undefined || (change.resourceId === id && change.version !== draft.version)) {
      if (draft.isSaving) {
        draft.missed = true;
      } else {
        draft.load(change && { actor: change.actor, at: change.at });
      }
    }
  });
  addEventListener('pagehide', keep);

  draft.close = () => {
    closed = true;
    stopListening();
    removeEventListener('pagehide', keep);
    if (timer !== undefined) {
      keep();
    }
  };

  draft.load();
  return draft;
}
