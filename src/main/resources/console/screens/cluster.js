// The nodes of the cluster.
import { html } from '../page/lit-html.js';

export const cluster = { name: 'cluster', label: 'Cluster', open: () => ({ title: 'Cluster', view: () => html`<h1>Cluster</h1>` }) };
