// Flags and their changes in sentences. Pure: context has the names that ids stand for.
//
// context: {flags, cohorts, deployments, variants?}, objects of a name by id; all optional. variants: keys, in order.
import { JsonText, same } from './exact.js';

const MOST_VALUES = 6;
const LONGEST_TEXT = 80;

const OPERATORS = {
  is: ['is', 'is any of'],
  'is not': ['is not', 'is none of'],
  contains: ['contains', 'contains any of'],
  'does not contain': ['does not contain', 'contains none of'],
  less: ['is less than', 'is less than any of'],
  'less or equal': ['is at most', 'is at most any of'],
  greater: ['is greater than', 'is greater than any of'],
  'greater or equal': ['is at least', 'is at least any of'],
  'set is': ['is exactly the set', 'is exactly the set'],
  'set is not': ['is not the set', 'is not the set'],
  'set contains': ['has the element', 'has all of'],
  'set does not contain': ['lacks the element', 'lacks one of'],
  'set contains any': ['has the element', 'has any of'],
  'set does not contain any': ['lacks the element', 'has none of'],
  'glob match': ['matches the pattern', 'matches any pattern of'],
  'glob does not match': ['does not match the pattern', 'matches no pattern of'],
  'version less': ['is a version before', 'is a version before any of'],
  'version less or equal': ['is at most version', 'is at most version'],
  'version greater': ['is a version after', 'is a version after any of'],
  'version greater or equal': ['is at least version', 'is at least version'],
  'regex match': ['matches the expression', 'matches any expression of'],
  'regex does not match': ['does not match the expression', 'matches no expression of'],
};

export const operators = Object.keys(OPERATORS);

// An operator for one value or several.
export const operatorInWords = (op, several = true) => OPERATORS[op]?.[several ? 1 : 0] ?? op;

export const list = (texts, most = MOST_VALUES) =>
  texts.length <= most ? texts.join(', ') : `${texts.slice(0, most).join(', ')} and ${texts.length - most} more`;

const cut = (text) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);
const named = (names, id) => names?.[id] ?? id;
const value = (text) => (text === '(none)' ? 'nothing (not set)' : text === '' ? 'the empty text' : cut(text));

export const percent = (number) => `${number} %`;

// “country”, “plan (custom)”, “the plan of the org name”.
export function propertyInWords({ prop, groupType }) {
  const name = prop.startsWith('gp:') ? prop.slice(3) : prop === 'group_name' ? 'name' : prop;
  return groupType ? `${name} of the ${groupType}` : name;
}

// “country is any of US, CA”
export function conditionInWords({ prop, op, values = [], groupType }, context = {}) {
  if (prop === 'userdata_cohort') {
    const who = groupType ? `the ${groupType} ` : '';
    const verb = /not/.test(op) ? 'is not in' : 'is in';
    return `${who}${verb} ${values.length > 1 ? 'any of the cohorts' : 'the cohort'} ${list(values.map((id) => named(context.cohorts, id)))}`;
  }
  return `${propertyInWords({ prop, groupType })} ${operatorInWords(op, values.length !== 1)} ${values.length === 0 ? '…' : list(values.map(value))}`;
}

export const conditionsInWords = (conditions, context) =>
  conditions.length === 0 ? 'everyone' : conditions.map((each) => conditionInWords(each, context)).join(' and ');

// Shares of variants in percent of all matching users: [{variant, share}], by weights; all weights 0 count as equal.
export function shares(percentage, weights = {}, variants = Object.keys(weights)) {
  const sum = variants.reduce((all, key) => all + (weights[key] ?? 0), 0);
  return variants.map((variant) => ({
    variant,
    share: (percentage * (sum === 0 ? 1 : (weights[variant] ?? 0))) / (sum === 0 ? variants.length : sum),
  }));
}

export const rounded = (number) => String(Math.round(number * 100) / 100);

// “20 % of matching users: 10 % control, 10 % treatment”; “nobody gets a variant”; “all get on”. of: “ of matching users”.
export function rolloutInWords(percentage, weights, variants, of = '') {
  const all = shares(percentage, weights, variants).filter(({ share }) => share > 0);
  if (percentage === 0 || all.length === 0) {
    return 'nobody gets a variant';
  }
  if (all.length === 1) {
    return percentage === 100 ? `all get ${all[0].variant}` : `${percent(percentage)}${of} get ${all[0].variant}`;
  }
  return `${percent(percentage)}${of}: ${all.map(({ variant, share }) => `${rounded(share)} % ${variant}`).join(', ')}`;
}

// “Premium: country is any of DE, AT and plan is premium → 20 %: 10 % control, 10 % treatment”
export const segmentInWords = ({ name, conditions, percentage, rolloutWeights }, context = {}) =>
  `${name}: ${conditionsInWords(conditions, context)} → ${rolloutInWords(percentage, rolloutWeights, context.variants)}`;

// ---- Changes

// Parts of a path: “variants['a.b'].payload” → ['variants', 'a.b', 'payload'].
export function parts(path) {
  const found = [];
  const token = /\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.[\]]+)/y;
  while (token.lastIndex < path.length) {
    const match = token.exec(path);
    if (match === null) {
      return [path];
    }
    found.push(match[1] ?? match[2] ?? match[3] ?? match[4]);
  }
  return found;
}

const text = (any) => (any === undefined || any === null ? 'nothing' : any instanceof JsonText ? cut(any.text) : typeof any === 'string' ? cut(any) : cut(JSON.stringify(any)));
const quoted = (any) => (any === undefined || any === null || any === '' ? 'nothing' : `“${cut(String(any))}”`);
const fromTo = (what, before, after, show = quoted) => `${what}: ${show(before)} → ${show(after)}`;

// Sentences of one resource's changes: diff is [{path, before, after}] as the API answers it.
export function changeInWords(diff, context = {}) {
  const groups = new Map();
  for (const entry of diff) {
    const [first, ...rest] = parts(entry.path);
    groups.set(first, [...(groups.get(first) ?? []), { ...entry, rest }]);
  }
  return [...groups].flatMap(([field, entries]) => (FIELDS[field] ?? other)(entries, context, field));
}

// What a new resource has by default says nothing.
const ALWAYS_SET = new Set(['bucketingSalt', 'bucketingUnit', 'experimentType', 'run']);
const isDefault = ({ before, after }, field) => before === undefined && (ALWAYS_SET.has(field) || after === null || after === '' || after === false || (Array.isArray(after) && after.length === 0));

const other = (entries, context, field) => entries.filter((entry) => !isDefault(entry, field)).map(({ path, before, after }) => `${LABELS[field] ?? path}: ${text(before)} → ${text(after)}`);

const LABELS = {
  bucketingSalt: 'Salt (draws all users anew)',
  bucketingUnit: 'Assigns',
  experimentType: 'Type',
  exposureEvent: 'Exposure event',
  metadata: 'Metadata',
  run: 'Run',
  settings: 'Settings',
  zone: 'Zone',
  cacheSeconds: 'Cached for seconds',
};

const whole = (describe) => (entries, context) => entries.flatMap(({ before, after, rest }) => describe(before, after, context, rest));

// A member of an object that maps names to values, whether the path ends at the object or below: [[name, before, after]].
function perName(entries) {
  return entries.flatMap(({ before, after, rest }) => {
    if (rest.length > 0) {
      return [[rest[0], before, after, rest.slice(1)]];
    }
    const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
    return [...names].filter((name) => !same(before?.[name], after?.[name])).map((name) => [name, before?.[name], after?.[name], []]);
  });
}

const STATES = { planning: 'planned', running: 'running', 'decision-made': 'decided' };
const DECISIONS = { rollout: 'roll out', rollback: 'roll back', 'continue-running': 'continue' };

const FIELDS = {
  key: whole((before, after) => (before === undefined ? [] : [fromTo('Key', before, after)])),
  id: () => [],
  projectId: () => [],
  managed: whole((before, after) => (before === undefined ? [] : [after ? 'Is managed from now on' : 'Becomes raw JSON'])),
  name: whole((before, after) => (before === undefined ? [`Name: ${quoted(after)}`] : [fromTo('Name', before, after)])),
  description: whole((before, after) => (before || after ? [fromTo('Description', before, after)] : [])),
  enabled: whole((before, after) => [after ? 'Turns on' : before === undefined ? 'Is off' : 'Turns off: everybody gets off']),
  deleted: whole((before, after) => (before === undefined && !after ? [] : [after ? 'Applications no longer get it' : 'Applications get it again'])),
  evaluationMode: whole((before, after) => [after === 'local' ? 'SDKs may evaluate it locally' : before === undefined ? 'Only servers evaluate it' : 'Only this server evaluates it from now on']),
  bucketingKey: whole((before, after) => [before === undefined ? `Users are drawn by ${after}` : `Users are drawn by ${after} instead of ${before}, so all are drawn anew`]),
  rolloutPercentage: (entries, context) => rollout(entries[0], context),
  rolloutWeights: (entries) =>
    perName(entries)
      .filter(([, before, after]) => (before ?? 0) !== (after ?? 0))
      .map(([name, before, after]) => `Everyone else: weight of ${name} ${before ?? 0} → ${after ?? 0}`),
  allocationMode: whole((before, after) => (before === undefined ? [] : [after === 'fine' ? 'Everyone else: percentages may have decimals, which draws other users' : 'Everyone else: whole percentages'])),
  variants: (entries, context) => variants(entries, context),
  targetSegments: whole((before, after, context, rest) => (rest.length === 0 ? segments(before ?? [], after ?? [], context) : [`Segments: ${rest.join('.')}`])),
  inclusions: (entries, context) => inclusions(entries, context),
  parentDependencies: (entries, context) => prerequisites(entries, context),
  deployments: whole((before, after, context) => membership(before, after, (id) => named(context.deployments, id), 'Serves it to', 'No longer serves it to')),
  tags: whole((before, after) => membership(before, after, (tag) => tag, 'Adds the tag', 'Removes the tag')),
  stickyBucketing: whole((before, after) => (before === undefined && !after ? [] : [after ? 'Users keep their variant (sticky)' : 'Users no longer keep their variant (sticky)'])),
  state: whole((before, after) => (before === undefined && after === 'planning' ? [] : [fromTo('State', STATES[before] ?? before, STATES[after] ?? after, text)])),
  decision: whole((before, after) => [after ? `Decision: ${DECISIONS[after] ?? after}` : 'Withdraws the decision']),
  decisionReason: whole((before, after) => [`Reason of the decision: ${quoted(after)}`]),
  rolledOutVariant: whole((before, after) => (after ? [`Winner: ${after}`] : [])),
  startDate: whole((before, after) => [fromTo('Start', before, after, text)]),
  endDate: whole((before, after) => [fromTo('End', before, after, text)]),
  testInstrumentation: whole((before, after) => [after ? 'Gives variants to individually included users only' : 'No longer limits variants to individually included users']),
  definition: (entries) => [entries.length === 1 && entries[0].rest.length === 0 && entries[0].before === undefined ? 'Sets the evaluation JSON' : `Changes the evaluation JSON (${entries.length === 1 ? 'one place' : `${entries.length} places`})`],
  slots: whole((before, after, context) => slots(before ?? [], after ?? [], context)),
  experiments: whole((before, after, context) => membership(texts(before), texts(after), (id) => named(context.flags, id), 'Adds the experiment', 'Removes the experiment')),
  individualInclusion: whole((before, after) => membership(before, after, cut, 'Always holds out user', 'No longer always holds out user')),
  individualExclusion: whole((before, after) => membership(before, after, cut, 'Never holds out user', 'May hold out user')),
  holdoutPercentage: whole((before, after) => [before === undefined ? `Holds out ${percent(after)}` : `Holds out ${percent(before)} → ${percent(after)}`]),
  variantName: () => [],
  label: whole((before, after) => [before === undefined ? `Label: ${quoted(after)}` : fromTo('Label', before, after)]),
};

function rollout({ before, after }, { variants: keys }) {
  const who = 'Everyone else';
  if (before === undefined) {
    return after === 0 ? [] : [`${who}: ${percent(after)} get a variant`];
  }
  return [`${who}: ${percent(before)} → ${percent(after)} get ${keys?.length === 1 ? keys[0] : 'a variant'}`];
}

const texts = (ids) => (ids ?? []).map(String);

// Slots of a mutual exclusion group; each has a key of its own.
function slots(before, after, context) {
  const old = new Map(before.map((slot) => [slot.variantKey, slot]));
  const name = (id) => named(context.flags, id);
  return [
    ...before.filter(({ variantKey }) => !after.some((slot) => slot.variantKey === variantKey)).map((slot) => `Removes ${slot.name} with its ${percent(slot.percentage)}`),
    ...after.flatMap((slot) => {
      const was = old.get(slot.variantKey);
      const of = (verb) => `${slot.name}: ${verb}`;
      return [
        ...(was === undefined ? [`Adds ${slot.name} with ${percent(slot.percentage)}`] : []),
        ...(was !== undefined && was.percentage !== slot.percentage ? [`${slot.name}: ${percent(was.percentage)} → ${percent(slot.percentage)} of the traffic`] : []),
        ...membership(texts(was?.experiments), texts(slot.experiments), name, of('adds the experiment'), of('removes the experiment')),
        ...membership(was?.individuals, slot.individuals, cut, of('always for user'), of('no longer always for user')),
        ...membership(was?.cohorts, slot.cohorts, (id) => named(context.cohorts, id), of('always for the cohort'), of('no longer always for the cohort')),
      ];
    }),
  ];
}

function variants(entries) {
  return entries.flatMap(({ before, after, rest }) => {
    if (rest.length === 0) {
      const [old, changed] = [keys(before), keys(after)];
      const added = changed.filter((key) => !old.includes(key));
      const removed = old.filter((key) => !changed.includes(key));
      return [
        ...(added.length > 0 ? [`${before === undefined ? 'Variants' : 'Adds the variant'} ${added.join(', ')}`] : []),
        ...(removed.length > 0 ? [`Removes the variant ${removed.join(', ')}`] : []),
        ...(added.length + removed.length === 0 ? [`Order of the variants: ${changed.join(', ')}`] : []),
      ];
    }
    const [key, member] = rest;
    if (member === undefined) {
      return [before === undefined ? `Adds the variant ${key}` : after === undefined ? `Removes the variant ${key}` : `Changes the variant ${key}`];
    }
    const what = rest.slice(1).join('.');
    return before === undefined
      ? [`Variant ${key}: sets its ${what} to ${text(after)}`]
      : after === undefined
        ? [`Variant ${key}: removes its ${what}`]
        : [`Variant ${key}: ${what} ${text(before)} → ${text(after)}`];
  });
}

const keys = (list) => (Array.isArray(list) ? list.map(({ key }) => key) : []);

function membership(before, after, name, adds, removes) {
  const [old, changed] = [before ?? [], after ?? []];
  const added = changed.filter((each) => !old.includes(each));
  const removed = old.filter((each) => !changed.includes(each));
  return [
    ...(added.length > 0 ? [`${adds} ${list(added.map(name))}`] : []),
    ...(removed.length > 0 ? [`${removes} ${list(removed.map(name))}`] : []),
  ];
}

function inclusions(entries, context) {
  return perName(entries).flatMap(([variant, before, after, rest]) => {
    const [old, changed] = rest.length > 0 ? [{ [rest[0]]: before }, { [rest[0]]: after }] : [before, after];
    return [
      ...membership(old?.users, changed?.users, cut, `Always ${variant} for the user`, `No longer always ${variant} for the user`),
      ...membership(old?.cohorts, changed?.cohorts, (id) => named(context.cohorts, id), `Always ${variant} for the cohort`, `No longer always ${variant} for the cohort`),
    ];
  });
}

function prerequisites(entries, context) {
  return entries.flatMap(({ before, after, rest }) => {
    if (rest[0] === 'operator') {
      return [after === 'any' ? 'Any one of the prerequisites suffices' : 'All prerequisites are required'];
    }
    const below = rest.length > 0 ? rest.slice(1) : [];
    const flags = rest.length > 0 ? [{ before, after, rest: below }] : [{ before: before?.flags, after: after?.flags, rest: [] }];
    return perName(flags).map(([id, , needed]) =>
      needed === undefined
        ? `No longer requires a variant of ${named(context.flags, id)}`
        : `Requires ${named(context.flags, id)} to be ${list(needed)}`,
    );
  });
}

function segments(before, after, context) {
  const old = new Map(before.map((segment) => [segment.name, segment]));
  const changed = new Map(after.map((segment) => [segment.name, segment]));
  const kept = after.filter(({ name }) => old.has(name)).map(({ name }) => name);
  const moved = kept.join('\n') !== before.filter(({ name }) => changed.has(name)).map(({ name }) => name).join('\n');
  const removed = before.filter(({ name }) => !changed.has(name));
  const added = after.filter(({ name }) => !old.has(name));
  const renamed = removed.length === 1 && added.length === 1 && same({ ...removed[0], name: '' }, { ...added[0], name: '' });
  return [
    ...(renamed ? [`Segment “${removed[0].name}” is now called “${added[0].name}”`] : []),
    ...(renamed ? [] : removed.map(({ name }) => `Removes the segment “${name}”`)),
    ...(renamed ? [] : added.map((segment) => `Adds the segment ${segmentInWords(segment, context)}`)),
    ...after.filter(({ name }) => old.has(name)).flatMap((segment) => segmentChange(old.get(segment.name), segment, context)),
    ...(moved ? [`Order of the segments: ${list(after.map(({ name }) => name), 10)}`] : []),
  ];
}

function segmentChange(before, after, context) {
  const said = [];
  if (!same(before.conditions, after.conditions)) {
    said.push(`Segment “${after.name}”: now ${conditionsInWords(after.conditions, context)} (was: ${conditionsInWords(before.conditions, context)})`);
  }
  if (before.percentage !== after.percentage || !same(before.rolloutWeights, after.rolloutWeights)) {
    const variants = context.variants;
    said.push(
      same(before.rolloutWeights, after.rolloutWeights)
        ? `Segment “${after.name}”: ${percent(before.percentage)} → ${percent(after.percentage)} of its users`
        : `Segment “${after.name}”: ${rolloutInWords(before.percentage, before.rolloutWeights, variants)} → ${rolloutInWords(after.percentage, after.rolloutWeights, variants)}`,
    );
  }
  if (before.bucketingKey !== after.bucketingKey) {
    said.push(`Segment “${after.name}”: its users are drawn by ${after.bucketingKey ?? 'the key of the flag'}, so all are drawn anew`);
  }
  if (before.allocationMode !== after.allocationMode && before.allocationMode && after.allocationMode) {
    said.push(`Segment “${after.name}”: percentages ${after.allocationMode === 'fine' ? 'may have decimals' : 'are whole'}, which draws other users`);
  }
  return said;
}

const KINDS = { flag: 'the flag', experiment: 'the experiment', mutex: 'the exclusion group', holdout: 'the holdout group', deployment: 'the deployment', cohort: 'the cohort', project: 'the project' };
const ACTIONS = {
  create: 'Creates', edit: 'Changes', archive: 'Archives', unarchive: 'Takes back from the archive', delete: 'Deletes for good', revert: 'Reverts', adopt: 'Manages', copy: 'Copies', recompile: 'Recompiles', reconcile: 'Adapts',
};

// “Changes the experiment checkout”
export const changeTitle = ({ action, kind, label }) => `${ACTIONS[action] ?? action} ${KINDS[kind] ?? kind} ${label}`;
