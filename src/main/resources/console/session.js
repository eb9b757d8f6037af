// Who uses the console, and what this person may do. The server decides; the console only hides what would be refused.
import { call, get } from './api.js';

// {name, role, projects, deployments, keyPrefixes, …} of GET /api/1/me; undefined while signed out.
let me;

const ROLES = ['viewer', 'editor', 'admin'];

export const who = () => me;

// Resolves to whether the server knows who we are. Throws Failure for other problems.
export async function resume() {
  try {
    me = (await get('me')).body;
    return true;
  } catch (failure) {
    if (failure.status !== 401) {
      throw failure;
    }
    me = undefined;
    return false;
  }
}

export async function signIn(token) {
  await call('POST', 'session', { token });
  await resume();
}

export async function signOut() {
  await call('DELETE', 'session');
  me = undefined;
}

// right: 'read', 'write' or 'administer'. For writes of a flag: its key, and the labels of its deployments.
export function can(right, project, { key, deployments = [] } = {}) {
  if (me === undefined || !me.management && right !== 'read') {
    return false;
  }
  const role = ROLES.indexOf(me.role);
  if (me.projects.length > 0 && !me.projects.includes(project)) {
    return false;
  }
  const limited = me.keyPrefixes.length > 0 || me.deployments.length > 0;
  switch (right) {
    case 'read':
      return true;
    case 'write':
      return (
        role >= 1 &&
        (me.keyPrefixes.length === 0 || key === undefined || me.keyPrefixes.some((prefix) => key.startsWith(prefix))) &&
        (me.deployments.length === 0 || deployments.every((label) => me.deployments.includes(label)))
      );
    default:
      return role >= 2 && !limited;
  }
}

// Rights that concern no single project, such as tokens.
export const canEverywhere = (right) => me !== undefined && me.projects.length === 0 && can(right, '');
