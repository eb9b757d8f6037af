// JSON as text: finds its first mistake, compacts, indents and colours it. Nothing is parsed and written again, which
// would change the form of numbers: 1.0 would become 1.
import { html } from './lit-html.js';

const TOKEN =
  /[ \t\n\r]+|[{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

// Longer text is shown without colours, which would need tens of thousands of elements.
const MOST_COLOURED = 200_000;

const EXPECTED = {
  value: 'a value',
  first: 'a value or ]',
  key: 'a key in double quotes',
  firstKey: 'a key in double quotes, or }',
  colon: 'a colon',
  more: { '{': 'a comma or }', '[': 'a comma or ]' },
  end: 'the end',
};

// The tokens of a text up to its first mistake: {tokens, error?: {line, column, message}}.
export function read(text) {
  const tokens = [];
  const open = [];
  let expected = 'value';
  let at = 0;
  const valueDone = () => (expected = open.length ? 'more' : 'end');
  const token = (kind, found) => {
    tokens.push({ kind, text: found });
    at += found.length;
  };
  for (;;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text)?.[0];
    const first = found?.[0];
    const wanted = expected === 'more' ? EXPECTED.more[open.at(-1)] : EXPECTED[expected];
    if (found === undefined) {
      return at === text.length && expected === 'end' ? { tokens } : { tokens, error: mistake(text, at, wanted) };
    }
    if (/\s/.test(first)) {
      token('space', found);
    } else if (first === '{' || first === '[') {
      if (expected !== 'value' && expected !== 'first') {
        return { tokens, error: mistake(text, at, wanted) };
      }
      token('open', found);
      open.push(first);
      expected = first === '{' ? 'firstKey' : 'first';
    } else if (first === '}' || first === ']') {
      const begun = first === '}' ? '{' : '[';
      if (open.at(-1) !== begun || !['more', begun === '{' ? 'firstKey' : 'first'].includes(expected)) {
        return { tokens, error: mistake(text, at, wanted) };
      }
      token('close', found);
      open.pop();
      valueDone();
    } else if (first === ',' && expected === 'more') {
      token('comma', found);
      expected = open.at(-1) === '{' ? 'key' : 'value';
    } else if (first === ':' && expected === 'colon') {
      token('colon', found);
      expected = 'value';
    } else if (first === '"' && (expected === 'key' || expected === 'firstKey')) {
      token('key', found);
      expected = 'colon';
    } else if (first !== ',' && first !== ':' && (expected === 'value' || expected === 'first')) {
      token(first === '"' ? 'string' : /[tfn]/.test(first) ? 'word' : 'number', found);
      valueDone();
    } else {
      return { tokens, error: mistake(text, at, wanted) };
    }
  }
}

// The first reason why a text is not a JSON object, or undefined; an empty text is accepted.
export function mistakeInObject(text) {
  if (text.trim() === '') {
    return undefined;
  }
  const { tokens, error } = read(text);
  const first = tokens.find(({ kind }) => kind !== 'space');
  if (first && first.text !== '{') {
    return mistake(text, text.indexOf(first.text), 'an object');
  }
  return error;
}

function mistake(text, at, expected) {
  const before = text.slice(0, at).split('\n');
  const place = { line: before.length, column: [...before.at(-1)].length + 1 };
  const rest = text.slice(at);
  const message = rest.startsWith('"')
    ? stringMistake(rest) ?? `expected ${expected}, not a string`
    : rest.startsWith("'")
      ? `expected ${expected}; strings need double quotes`
      : /^[}\]]/.test(rest) && text.slice(0, at).trimEnd().endsWith(',')
        ? `expected ${expected} after the comma`
        : rest === ''
          ? `expected ${expected}, but the text ends`
          : `expected ${expected}, not ${String.fromCodePoint(rest.codePointAt(0))}`;
  return { ...place, message };
}

function stringMistake(text) {
  const [good] = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/.exec(text);
  const next = text[good.length];
  return next === '"'
    ? undefined
    : next === '\\'
      ? `an unknown escape ${text.slice(good.length, good.length + 2)} in a string`
      : next === undefined || next === '\n'
        ? 'a string without its closing quote'
        : 'a control character in a string';
}

// Without white space; unchanged if it is not valid JSON.
export function compact(text) {
  const { tokens, error } = read(text);
  return error ? text : tokens.filter(({ kind }) => kind !== 'space').map((token) => token.text).join('');
}

// With indentation; unchanged if it is not valid JSON.
export function indented(text) {
  const { tokens, error } = read(text);
  return error ? text : indent(tokens).map((token) => token.text).join('');
}

// For display: indented and coloured; unchanged if it is not valid JSON.
export function coloured(text) {
  const { tokens, error } = read(text);
  if (error) {
    return text;
  }
  const laid = indent(tokens);
  return text.length > MOST_COLOURED
    ? laid.map((token) => token.text).join('')
    : laid.map(({ kind, text }) =>
        ['key', 'string', 'number', 'word'].includes(kind) ? html`<span class="json-${kind}">${text}</span>` : text,
      );
}

function indent(tokens) {
  const dense = tokens.filter(({ kind }) => kind !== 'space');
  const laid = [];
  let depth = 0;
  const newLine = () => laid.push({ kind: 'space', text: '\n' + '  '.repeat(depth) });
  dense.forEach((token, i) => {
    const empty = token.kind === 'open' && dense[i + 1].kind === 'close';
    if (token.kind === 'close' && dense[i - 1].kind !== 'open') {
      depth--;
      newLine();
    }
    laid.push(token);
    if (token.kind === 'open' && !empty) {
      depth++;
      newLine();
    } else if (token.kind === 'comma') {
      newLine();
    } else if (token.kind === 'colon') {
      laid.push({ kind: 'space', text: ' ' });
    }
  });
  return laid;
}
