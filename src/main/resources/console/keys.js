// Keyboard shortcuts. Letters work outside of fields only; Escape and combinations with Ctrl work everywhere.

const MAC = /Mac|iP(hone|ad)/.test(navigator.platform);

// Layers from the bottom up: the shell, the screen, open dialogs. A dialog hides what is below it.
const layers = [];

// bindings: {'j': {does: 'Next flag', run}, 'Ctrl+S': …}. Returns the function that removes the layer.
export function layer(bindings, { hidesOthers = false } = {}) {
  const added = { bindings, hidesOthers };
  layers.push(added);
  return () => layers.splice(layers.indexOf(added), 1);
}

// What works now, for the help: [{keys, does}]
export function active() {
  const found = new Map();
  for (const { bindings, hidesOthers } of [...layers].reverse()) {
    for (const [keys, { does }] of Object.entries(bindings)) {
      if (does && !found.has(keys)) {
        found.set(keys, does);
      }
    }
    if (hidesOthers) {
      break;
    }
  }
  return [...found].map(([keys, does]) => ({ keys: MAC ? keys.replace('Ctrl+', '⌘ ') : keys.replace('+', ' + '), does }));
}

const typing = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || /^(textarea|select)$/i.test(element.tagName) || (element.tagName === 'INPUT' && !/^(checkbox|radio|button|range)$/.test(element.type)));

function named(event) {
  const key = event.key.length === 1 && event.key !== '?' ? event.key.toLowerCase() : event.key;
  return (event.ctrlKey || event.metaKey) && key.length === 1 ? `Ctrl+${key.toUpperCase()}` : key;
}

addEventListener('keydown', (event) => {
  if (event.altKey || event.isComposing) {
    return;
  }
  const name = named(event);
  const anywhere = name.startsWith('Ctrl+') || name === 'Escape';
  if (!anywhere && typing(event.target)) {
    return;
  }
  // A focused button or link keeps its Enter and space.
  if ((name === 'Enter' || name === ' ') && event.target instanceof HTMLElement && event.target.closest('a, button, summary, input, [role=tab]')) {
    return;
  }
  for (const { bindings, hidesOthers } of [...layers].reverse()) {
    const binding = bindings[name];
    if (binding && binding.run(event) !== false) {
      event.preventDefault();
      return;
    }
    if (hidesOthers) {
      return;
    }
  }
});
