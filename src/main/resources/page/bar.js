// Bars from 0 to 100 %, with a colour per variant.
import { html, svg, nothing } from './lit-html.js';

const COLOURS = 8;

// Returns a function from a variant's key to its colour, for the variants of a flag.
export const colours = (keys) => {
  const known = [...new Set(keys)];
  return (key) => (known.includes(key) ? `colour-${known.indexOf(key) % COLOURS}` : 'colour-none');
};

export const swatch = (colour) =>
  html`<svg class="swatch" aria-hidden="true"><rect class=${colour} width="100%" height="100%" rx="3"></rect></svg>`;

export const percent = (fraction, digits = 1) => `${(100 * fraction).toFixed(digits).replace(/\.0+$/, '')} %`;

// from, to and place are fractions of 1: parts is [{from, to, colour}]; the description is for screen readers.
export const scale = (parts, place, description) => html`
  <svg class="scale" role="img" aria-label=${description}>
    <rect class="scale-ground" y="12" width="100%" height="18" rx="3"></rect>
    ${parts.map(
      ({ from, to, colour }) =>
        svg`<rect class=${colour} x="${100 * from}%" y="12" width="${100 * (to - from)}%" height="18"></rect>`,
    )}
    ${parts.map(({ from }) => (from > 0 ? svg`<rect class="scale-cut" x="${100 * from}%" y="12" width="2" height="18"></rect>` : nothing))}
    ${[0, 25, 50, 75, 100].map(
      (tick) =>
        svg`<text class="scale-tick" x="${tick}%" y="44" text-anchor=${tick === 0 ? 'start' : tick === 100 ? 'end' : 'middle'}>${tick}</text>`,
    )}
    ${place === undefined
      ? nothing
      : svg`<svg class="scale-place" x="${100 * place}%" overflow="visible">
          <path d="M-6 1 H6 L0 10 Z"></path><rect x="-1" y="9" width="2" height="23"></rect>
        </svg>`}
  </svg>
`;
