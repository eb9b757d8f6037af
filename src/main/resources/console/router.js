// Addresses of the console: #/projects/{project}/{screen}/{id…}?{filters}, or #/{screen}?{filters}.

// {project, screen, ids: [], query: URLSearchParams}
export function place(hash = location.hash) {
  const [way, search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = way.split('/').filter((part) => part !== '').map(decode);
  const project = parts[0] === 'projects' && parts.length > 1 ? parts[1] : undefined;
  const [screen, ...ids] = project === undefined ? parts : parts.slice(2);
  return { project, screen: screen ?? '', ids, query: new URLSearchParams(search) };
}

// The address of a screen: href({project, screen: 'flags', ids: [id], query: {q: 'checkout'}}).
export function href({ project, screen = '', ids = [], query = {} }) {
  const parts = project === undefined ? [screen, ...ids] : ['projects', project, screen, ...ids];
  const filters = query instanceof URLSearchParams ? query : new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  const search = filters.toString();
  return `#/${parts.filter((part) => part !== '').map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

export const go = (target) => {
  location.hash = typeof target === 'string' ? target : href(target);
};

// Replaces the filters of the present address without a step in the history.
export function refine(query) {
  const here = place();
  history.replaceState(null, '', href({ ...here, query }));
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
