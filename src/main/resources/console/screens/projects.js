// All projects.
import { html } from '../page/lit-html.js';

export const projects = { name: 'projects', label: 'Projects', open: () => ({ title: 'Projects', view: () => html`<h1>Projects</h1>` }) };
