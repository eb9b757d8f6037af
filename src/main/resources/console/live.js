// Changes by others, as they happen: one stream of GET /api/1/changes for the shown project.
import { events, path } from './api.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

const listeners = new Set();
let following;
let hasFollowed = false;
let state = 'idle';

// 'idle', 'live' or 'lost': whether the console would learn of a change.
export const liveness = () => state;

// The project whose changes arrive.
export const followed = () => following?.project;

// listener({id, at, actor, action, resourceType, resourceId, projectId, key, version, revision}), or listener(undefined)
// when changes may have been missed, so that everything must be read again. Returns the function that removes it.
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Follows a project; undefined follows none. redraw: called when the liveness changes.
export function follow(project, redraw) {
  if (following?.project === project) {
    return;
  }
  following?.stop.abort();
  following = project === undefined ? undefined : { project, stop: new AbortController() };
  state = 'idle';
  if (following) {
    if (hasFollowed) {
      // What is known of the project may be from an earlier visit.
      listeners.forEach((listener) => listener(undefined));
    }
    hasFollowed = true;
    keepReading(following, redraw);
  }
}

async function keepReading({ project, stop }, redraw) {
  const become = (next) => {
    if (!stop.signal.aborted && state !== next) {
      state = next;
      redraw();
    }
  };
  let lastId;
  let pause = FIRST_PAUSE_MS;
  while (!stop.signal.aborted) {
    try {
      for await (const message of events(path('changes', { projectId: project }), { signal: stop.signal, lastId })) {
        become('live');
        pause = FIRST_PAUSE_MS;
        lastId = message?.id ?? lastId;
        if (message?.event === 'change') {
          listeners.forEach((listener) => listener(message.data));
        } else if (message?.event === 'reset') {
          listeners.forEach((listener) => listener(undefined));
        }
      }
    } catch (failure) {
      if (failure.status === 401 || failure.status === 404) {
        become('idle');
        return;
      }
    }
    become('lost');
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}
