// Entries of GET /api/1/audit, and how people read them.
import { html, nothing } from './page/lit-html.js';
import { get, path } from './api.js';
import { parse } from './exact.js';
import { onChange } from './live.js';
import { href } from './router.js';

export const PAGE = 50;

// Kinds of resources and of actions as the API names them, in words.
export const KINDS = {
  flag: 'flag',
  experiment: 'experiment',
  mutex: 'mutual exclusion group',
  holdout: 'holdout group',
  deployment: 'deployment',
  cohort: 'cohort',
  project: 'project',
  token: 'token',
};

export const ACTIONS = {
  create: 'created',
  edit: 'changed',
  archive: 'archived',
  unarchive: 'restored',
  delete: 'deleted',
  revert: 'reverted',
  copy: 'copied',
  adopt: 'took over',
  recompile: 'recompiled',
  reconcile: 'changed by document',
};

const SCREENS = { flag: 'flag', experiment: 'experiment', mutex: 'groups', holdout: 'groups', deployment: 'deployments', cohort: 'cohorts' };

// Reads the audit page by page, newest first, and again whenever something changes that `concerns(change)`.
// {entries (undefined before the first page; entry.exact() has JsonText in its differences), failure, loading, hasMore, more(), reload(), close()}
export function auditLog(filters, draw, concerns = () => true) {
  const log = { entries: undefined, failure: undefined, loading: false, hasMore: false };
  let cursor;
  let run = 0;

  async function readPage(from) {
    const { body, text } = await get(path('audit', { ...filters, limit: PAGE, cursor: from }));
    // Numbers of the differences in their form, which is expensive for a whole page.
    const exact = (i) => () => parse(text, ['before', 'after']).entries[i];
    return { entries: body.entries.map((entry, i) => ({ ...entry, exact: exact(i) })), nextCursor: body.nextCursor };
  }

  // The first page again. What follows it stays, if nothing is missing between.
  async function reload() {
    const mine = (run += 1);
    log.loading = true;
    draw();
    try {
      const { entries, nextCursor } = await readPage();
      if (mine === run) {
        const last = entries.at(-1)?.number;
        const at = (log.entries ?? []).findIndex(({ number }) => number === last);
        log.entries = at < 0 ? entries : [...entries, ...log.entries.slice(at + 1)];
        cursor = at < 0 ? nextCursor : cursor;
        log.hasMore = cursor !== undefined;
        log.failure = undefined;
      }
    } catch (failure) {
      log.failure = failure;
    }
    log.loading = run !== mine;
    draw();
  }

  log.more = async () => {
    const from = cursor;
    try {
      const { entries, nextCursor } = await readPage(from);
      if (from === cursor) {
        log.entries = [...log.entries, ...entries];
        cursor = nextCursor;
        log.hasMore = cursor !== undefined;
      }
    } catch (failure) {
      log.failure = failure;
    }
    draw();
  };
  log.reload = reload;
  log.close = onChange((change) => {
    if (change === undefined || concerns(change)) {
      reload();
    }
  });
  reload();
  return log;
}

// The resource of an entry as a link where the console has a screen for it.
export function resource({ kind, resourceId, projectId, label, action }) {
  const screen = SCREENS[kind];
  const name = html`<span class="flag-key">${label ?? resourceId}</span>`;
  if (screen === undefined || action === 'delete') {
    return name;
  }
  const ids = screen === kind ? [resourceId] : [];
  return html`<a href=${href({ project: projectId, screen, ids })}>${name}</a>`;
}

export const older = (log) =>
  log.hasMore ? html`<div class="actions"><button type="button" @click=${log.more}>Show older changes</button></div>` : nothing;
