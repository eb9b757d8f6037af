// Differences of resources, and the merge of two people's edits, field by field as the server merges them. Pure.
import { JsonText, same } from './exact.js';

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof JsonText);

// Lists whose elements have a distinct member of these, such as variants by key and segments by name: a Map, or undefined.
const KEYS = ['key', 'name'];

export function byKey(value, keys = KEYS) {
  if (!Array.isArray(value)) {
    return undefined;
  }
  for (const member of keys) {
    const found = new Map(value.map((each) => [isObject(each) ? each[member] : undefined, each]));
    if (found.size === value.length && [...found.keys()].every((key) => typeof key === 'string' && key !== '')) {
      return found;
    }
  }
  return undefined;
}

// A member of a path, quoted where its name contains what separates members.
export const at = (path, name) => (/[.[\]'\s]/.test(name) ? `${path}['${name}']` : path === '' ? name : `${path}.${name}`);

// [{path, before, after}], as the server compares: objects and lists with keys member by member; everything else is one
// value.
export function differences(before, after, path = '') {
  if (same(before, after)) {
    return [];
  }
  const isList = Array.isArray(after);
  const [old, changed] = [entries(before, ['key']), entries(after, ['key'])];
  if (old && changed && isList === Array.isArray(before)) {
    const found = union(old, changed).flatMap((name) => differences(old.get(name), changed.get(name), at(path, name)));
    // Elements may only have moved.
    if (found.length > 0) {
      return found;
    }
  }
  return [{ path, before: before ?? undefined, after: after ?? undefined }];
}

const entries = (value, keys) => (isObject(value) ? new Map(Object.entries(value)) : byKey(value, keys));
const union = (...maps) => [...new Set(maps.flatMap((map) => [...map.keys()]))];
const common = (first, second) => [...first.keys()].filter((key) => second.has(key));

// Merges two changes of `base`: {value, conflicts: [{path, base, theirs, mine}]}. The value has `mine` in conflicts, or
// theirs where choices has 'theirs' for the path.
export function merge(base, theirs, mine, choices = {}) {
  const conflicts = [];
  const value = (path, old, their, my) => {
    if (same(old, my) || same(their, my)) {
      return their;
    }
    if (same(old, their)) {
      return my;
    }
    const [olds, theirMembers, myMembers] = [entries(old ?? (Array.isArray(my) ? [] : {})), entries(their), entries(my)];
    if (olds && theirMembers && myMembers && Array.isArray(their) === Array.isArray(my)) {
      return Array.isArray(my) ? elements(path, olds, theirMembers, myMembers) : members(path, olds, theirMembers, myMembers);
    }
    conflicts.push({ path, base: old, theirs: their, mine: my });
    return choices[path] === 'theirs' ? their : my;
  };
  const merged = (path, olds, first, second, theirMembers, myMembers) =>
    union(first, second)
      .map((name) => [name, value(at(path, name), olds.get(name), theirMembers.get(name), myMembers.get(name))])
      .filter(([, each]) => each !== undefined);
  const members = (path, olds, their, my) => Object.fromEntries(merged(path, olds, their, my, their, my));
  // In the order of whoever changed it.
  const elements = (path, olds, their, my) => {
    const order = (map) => common(map, olds).join('\n');
    const mineMoved = order(my) !== common(olds, my).join('\n');
    const theyMoved = order(their) !== common(olds, their).join('\n');
    if (mineMoved && theyMoved && common(their, my).join('\n') !== common(my, their).join('\n')) {
      conflicts.push({ path, base: [...olds.values()], theirs: [...their.values()], mine: [...my.values()], order: true });
    }
    const myOrder = mineMoved && !(theyMoved && choices[path] === 'theirs');
    return (myOrder ? merged(path, olds, my, their, their, my) : merged(path, olds, their, my, their, my)).map(([, each]) => each);
  };
  return { value: value('', base, theirs, mine), conflicts };
}
