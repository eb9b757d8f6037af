// Properties that conditions test: those that SDKs send, and those that other flags of the project use.
import { get, path } from '../../api.js';

// From evaluation-semantics: what SDKs send about a user.
export const BUILT_IN = [
  'user_id', 'device_id', 'country', 'region', 'dma', 'city', 'language', 'platform', 'version', 'os', 'device_manufacturer',
  'device_brand', 'device_model', 'carrier', 'library',
];

const RARE = ['device_family', 'device_type', 'start_version', 'ip_address'];
export const COHORT = 'userdata_cohort';
const CUSTOM = 'gp:';
const READ = 200;

// project → {used: Map of prop → Set of values, groupTypes: Set}
const projects = new Map();

// Reads the newest flags of a project once, and calls draw() when their properties are known.
export function usedIn(project, draw) {
  if (!projects.has(project)) {
    const found = { used: new Map(), groupTypes: new Set() };
    projects.set(project, found);
    Promise.all(['flags', 'experiments'].map((collection) => get(path(collection, { projectId: project, limit: READ })))).then(
      (answers) => {
        answers.flatMap(({ body }) => body.flags ?? body.experiments).forEach((flag) => note(found, flag));
        draw();
      },
      () => projects.delete(project),
    );
  }
  return projects.get(project);
}

function note({ used, groupTypes }, { targetSegments = [] }) {
  for (const { prop, values, groupType } of targetSegments.flatMap(({ conditions }) => conditions)) {
    if (groupType) {
      groupTypes.add(groupType);
    }
    if (!used.has(prop)) {
      used.set(prop, new Set());
    }
    values.slice(0, 50).forEach((value) => used.get(prop).add(value));
  }
}

// What a person reads and types for a property: custom ones without their prefix.
export function nameOf({ prop, groupType }) {
  if (prop === COHORT) {
    return 'cohort';
  }
  if (groupType && prop === 'group_name') {
    return 'name';
  }
  const custom = prop.startsWith(CUSTOM) ? prop.slice(CUSTOM.length) : undefined;
  return custom === undefined || isReserved(custom, groupType) ? prop : custom;
}

const isReserved = (name, groupType) => name === 'cohort' || name.startsWith(CUSTOM) || (groupType ? name === 'name' : [...BUILT_IN, ...RARE].includes(name));

export function propertyOf(name, groupType) {
  if (name === 'cohort') {
    return COHORT;
  }
  if (groupType && name === 'name') {
    return 'group_name';
  }
  return name.startsWith(CUSTOM) || (!groupType && [...BUILT_IN, ...RARE].includes(name)) ? name : CUSTOM + name;
}

// Names of properties to suggest.
export function suggestions({ used }, groupType) {
  const custom = [...used.keys()].filter((prop) => prop.startsWith(CUSTOM)).map((prop) => nameOf({ prop, groupType }));
  return groupType ? ['name', 'cohort', ...custom] : [...new Set([...BUILT_IN, 'cohort', ...custom])];
}
