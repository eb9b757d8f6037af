// One flag or experiment.
import { html } from '../page/lit-html.js';

const screen = (name) => ({
  name,
  ofProject: true,
  idsAreTabs: true,
  open: (place) => ({ title: 'Flag', view: () => html`<h1>${place.ids[0]}</h1>` }),
});

export const flag = screen('flag');
export const experiment = screen('experiment');
