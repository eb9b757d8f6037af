// Which rows of the list are shown, and in which order. The filters are those of the address.

// [value, words, test(row)]; '' is the default.
export const STATES = [
  ['', 'Not archived', (row) => !row.archived],
  ['on', 'On', (row) => row.enabled && !row.archived],
  ['off', 'Off', (row) => !row.enabled && !row.archived],
  ['planning', 'Planning', (row) => row.state === 'planning' && !row.archived],
  ['running', 'Running', (row) => row.state === 'running' && !row.archived],
  ['decision-made', 'Decided', (row) => isDecided(row) && !row.archived],
  ['archived', 'Archived', (row) => row.archived],
  ['all', 'All', () => true],
];

export const TYPES = [
  ['', 'All types'],
  ['flag', 'Flags'],
  ['experiment', 'Experiments'],
];

const lower = (text) => (text ?? '').toLowerCase();
const byText = (value) => (a, b) => {
  const [left, right] = [value(a), value(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};
const SORTS = {
  key: byText((row) => lower(row.key)),
  state: byText(stateOf),
  rollout: (a, b) => largestShare(a) - largestShare(b),
  variants: (a, b) => a.variants.length - b.variants.length,
  tags: byText((row) => lower(row.tags.join(' ')) || '\uffff'),
  deployments: (a, b) => a.deployments.length - b.deployments.length,
  // Times of the API have one form, so that their order is that of their text.
  changed: byText((row) => row.lastModifiedAt ?? ''),
  evaluated: byText((row) => row.lastEvaluated ?? ''),
};

// What is newest is shown first.
const DESCENDING_FIRST = new Set(['changed', 'evaluated', 'rollout', 'variants', 'deployments']);

export const DEFAULT_SORT = '-changed';

// {q, type, state, tag, deployment, stale, mine, sort} from an address.
export function filters(query) {
  const found = (name, allowed) => {
    const value = query.get(name) ?? '';
    return allowed === undefined || allowed.includes(value) ? value : '';
  };
  const sort = query.get('sort') ?? '';
  return {
    q: found('q'),
    type: found('type', ['flag', 'experiment']),
    state: found('state', STATES.map(([value]) => value)),
    tag: found('tag'),
    deployment: found('deployment'),
    stale: query.get('stale') === '1',
    mine: query.get('mine') === '1',
    sort: sort.replace(/^-/, '') in SORTS ? sort : DEFAULT_SORT,
  };
}

// The same for an address: without what is the default.
export const parameters = ({ q, type, state, tag, deployment, stale, mine, sort }) => ({
  q,
  type,
  state,
  tag,
  deployment,
  stale: stale ? '1' : '',
  mine: mine ? '1' : '',
  sort: sort === DEFAULT_SORT ? '' : sort,
});

export const search = (filters) => new URLSearchParams(Object.entries(parameters(filters)).filter(([, value]) => value)).toString();

export const isFiltered = ({ q, type, state, tag, deployment, stale, mine }) =>
  q.trim() !== '' || type !== '' || state !== '' || tag !== '' || deployment !== '' || stale || mine;

// The sort after a click on a column.
export function sortedBy(column, sort) {
  const first = DESCENDING_FIRST.has(column) ? `-${column}` : column;
  const second = DESCENDING_FIRST.has(column) ? column : `-${column}`;
  return sort === first ? second : first;
}

// The largest share of users that a flag reaches, everyone else or a segment; -1 for a raw flag.
export const largestShare = ({ rolloutPercentage, segmentPercentages = [] }) => Math.max(rolloutPercentage ?? -1, ...segmentPercentages);

const isDecided = ({ state, decision }) => state === 'decision-made' || Boolean(decision);

export function stateOf(row) {
  if (row.archived) {
    return 'Archived';
  }
  if (!row.enabled) {
    return 'Off';
  }
  return isDecided(row) ? 'Decided' : row.state === 'running' ? 'Running' : 'On';
}

let sorted = { rows: undefined, sort: undefined, result: [] };

function inOrder(rows, sort) {
  if (sorted.rows !== rows || sorted.sort !== sort) {
    const compare = SORTS[sort.replace(/^-/, '')];
    const result = [...rows].sort(sort.startsWith('-') ? (a, b) => compare(b, a) : compare);
    sorted = { rows, sort, result };
  }
  return sorted.result;
}

// The rows that match, in order. Rows are sorted once for all key strokes.
export function shown(rows, { q, type, state, tag, deployment, stale, mine, sort }, me) {
  const words = q.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const [, , inState] = STATES.find(([value]) => value === state);
  return inOrder(rows, sort).filter(
    (row) =>
      inState(row) &&
      words.every((word) => row.text.includes(word)) &&
      (type === '' || row.type === type) &&
      (tag === '' || row.tags.includes(tag)) &&
      (deployment === '' || row.deployments.includes(deployment)) &&
      (!stale || row.stale.length > 0) &&
      (!mine || row.lastModifiedBy === me),
  );
}

export const allTags = (rows) => [...new Set(rows.flatMap(({ tags }) => tags))].sort((a, b) => a.localeCompare(b));
