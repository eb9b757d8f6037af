// JSON whose values keep their text: payloads reach applications as written, so 1.0 must not become 1.
import { compact, read } from './page/json.js';

// Members whose values are kept as text.
const KEPT = ['payload', 'definition', 'exposureEvent', 'metadata', 'compiled'];

// A value of any type as the text that somebody wrote.
export class JsonText {
  constructor(text) {
    this.text = text;
  }

  // For readers that need no exact numbers.
  toJSON() {
    return JSON.parse(this.text);
  }
}

// Parses valid JSON. kept: names of members whose values become JsonText, at any depth.
export function parse(text, kept = KEPT) {
  const { tokens, error } = read(text);
  if (error) {
    throw new SyntaxError(`line ${error.line}, column ${error.column}: ${error.message}`);
  }
  const dense = tokens.filter(({ kind }) => kind !== 'space');
  let at = 0;
  const value = (name) => {
    const begin = at;
    const { kind, text: found } = dense[(at += 1) - 1];
    if (name !== undefined && kept.includes(name)) {
      skip(kind);
      const written = dense.slice(begin, at).map((token) => token.text).join('');
      return written === 'null' ? null : new JsonText(written);
    }
    if (kind !== 'open') {
      return JSON.parse(found);
    }
    return found === '{' ? Object.fromEntries(elements(member)) : elements(value);
  };
  const member = () => {
    const name = JSON.parse(dense[at].text);
    at += 2;
    return [name, value(name)];
  };
  const elements = (one) => {
    const found = [];
    while (dense[at].kind !== 'close') {
      found.push(one());
      if (dense[at].kind === 'comma') {
        at += 1;
      }
    }
    at += 1;
    return found;
  };
  const skip = (kind) => {
    for (let depth = kind === 'open' ? 1 : 0; depth > 0; at += 1) {
      depth += dense[at].kind === 'open' ? 1 : dense[at].kind === 'close' ? -1 : 0;
    }
  };
  return value();
}

// The JSON text of a value that may contain JsonText. Members that are undefined are left out.
export function stringify(value) {
  if (value instanceof JsonText) {
    return compact(value.text);
  }
  if (Array.isArray(value)) {
    return `[${value.map((each) => stringify(each ?? null)).join(',')}]`;
  }
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${stringify(each)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

// Whether two values are equal but for the order of members; texts of numbers count.
export function same(one, other) {
  if (one === other) {
    return true;
  }
  if (one instanceof JsonText || other instanceof JsonText) {
    return one instanceof JsonText && other instanceof JsonText && compact(one.text) === compact(other.text);
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((each, i) => same(each, other[i]));
  }
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    return (one ?? null) === (other ?? null);
  }
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => same(one[name], other[name]));
}

// An answer of the batch endpoint. Each change has `diff` and `compiledDiff` with exact values for display, and `words`: the
// diff with values that changeInWords reads.
export function changesIn(text) {
  const answer = parse(text, ['before', 'after']);
  for (const change of answer.changes) {
    change.words = change.diff.map(({ path, before, after }) => {
      const isPlain = !KEPT.some((name) => path.split(/[.[\]']+/).includes(name));
      const value = (json) => (json instanceof JsonText && isPlain ? parse(json.text) : json);
      return { path, before: value(before), after: value(after) };
    });
  }
  return answer;
}
