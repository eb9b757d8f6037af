// The flags and experiments of a project.
import { html } from '../page/lit-html.js';

export const flags = {
  name: 'flags',
  label: 'Flags',
  ofProject: true,
  open: () => ({ title: 'Flags', view: () => html`<h1>Flags</h1>` }),
};
