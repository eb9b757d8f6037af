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

// Merges two changes of `base`: {value, conflicts: [{path, steps, base, theirs, mine}]}. Conflicts keep `mine` in the value.
export function merge(base, theirs, mine) {
  const conflicts = [];
  const conflict = (steps, old, their, my) => conflicts.push({ path: steps.reduce(at, ''), steps, base: old, theirs: their, mine: my });
  const value = (steps, old, their, my) => {
    if (same(old, my) || same(their, my)) {
      return their;
    }
    if (same(old, their)) {
      return my;
    }
    const isList = Array.isArray(my);
    const [olds, theirMembers, myMembers] = [entries(old ?? (isList ? [] : {})), entries(their), entries(my)];
    if (olds && theirMembers && myMembers && Array.isArray(their) === isList) {
      return isList ? elements(steps, olds, theirMembers, myMembers) : Object.fromEntries(members(steps, olds, theirMembers, myMembers, theirMembers));
    }
    conflict(steps, old, their, my);
    return my;
  };
  // first: its names come first.
  const members = (steps, olds, their, my, first) =>
    union(first, their, my)
      .map((name) => [name, value([...steps, name], olds.get(name), their.get(name), my.get(name))])
      .filter(([, each]) => each !== undefined);
  // In the order of whoever changed it.
  const elements = (steps, olds, their, my) => {
    const moved = (map) => common(map, olds).join('\n') !== common(olds, map).join('\n');
    if (moved(my) && moved(their) && common(their, my).join('\n') !== common(my, their).join('\n')) {
      conflict(steps, [...olds.values()], [...their.values()], [...my.values()]);
      return [...my.values()];
    }
    return members(steps, olds, their, my, moved(my) ? my : their).map(([, each]) => each);
  };
  return { value: value([], base, theirs, mine), conflicts };
}

// The tree with another value in one place; undefined removes it. steps: names of members, keys or names of elements.
export function put(tree, [step, ...rest], value) {
  if (step === undefined) {
    return value;
  }
  if (Array.isArray(tree)) {
    const keyed = byKey(tree) ?? new Map();
    const member = rest.length === 0 ? value : put(keyed.get(step), rest, value);
    if (member === undefined) {
      keyed.delete(step);
    } else {
      keyed.set(step, member);
    }
    return [...keyed.values()];
  }
  const { [step]: old, ...others } = tree ?? {};
  const member = put(old, rest, value);
  return member === undefined ? others : { ...tree, [step]: member };
}
