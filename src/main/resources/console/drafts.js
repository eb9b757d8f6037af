// Unsaved edits, kept in this browser so that they survive a reload: one for each flag, person and project. They contain
// definitions of flags only, never secrets.
import { parse, stringify } from './exact.js';
import { who } from './session.js';

const PREFIX = 'variate.draft ';
const KEPT_MS = 30 * 24 * 3_600_000;

// Characters.
const LONGEST = 1_000_000;
const LONGEST_OF_ALL = 3_000_000;

const name = (project, id) => `${PREFIX}${JSON.stringify([who()?.name ?? '', project, id])}`;

// {version, base, mine, at} or undefined. version: the one that base is.
export function draftOf(project, id) {
  try {
    const text = localStorage.getItem(name(project, id));
    return text === null ? undefined : parse(text);
  } catch {
    return undefined;
  }
}

// Returns false if the draft is too large, or the browser does not keep anything.
export function keepDraft(project, id, { version, base, mine }) {
  const text = stringify({ version, base, mine, at: Date.now() });
  if (text.length > LONGEST) {
    return false;
  }
  try {
    expire(LONGEST_OF_ALL - text.length, name(project, id));
    localStorage.setItem(name(project, id), text);
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(project, id) {
  try {
    localStorage.removeItem(name(project, id));
  } catch {
    // The browser keeps nothing, so there is nothing to remove.
  }
}

// Ids of the flags of a project that have an unsaved draft.
export function draftsOf(project) {
  return new Set(
    stored()
      .map((key) => JSON.parse(key.slice(PREFIX.length)))
      .filter(([person, where]) => person === (who()?.name ?? '') && where === project)
      .map(([, , id]) => id),
  );
}

function stored() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

// Removes drafts that are too old, and the oldest ones until the others fit.
function expire(most, except) {
  const others = stored()
    .filter((key) => key !== except)
    .map((key) => ({ key, size: localStorage.getItem(key).length, at: Number(/"at":(\d+)\}$/.exec(localStorage.getItem(key))?.[1] ?? 0) }))
    .sort((one, other) => other.at - one.at);
  let size = 0;
  for (const draft of others) {
    size += draft.size;
    if (size > most || draft.at < Date.now() - KEPT_MS) {
      localStorage.removeItem(draft.key);
    }
  }
}
