// The visible part of a long list: only its rows are elements. The page scrolls, not the list.

import { html } from '../../page/lit-html.js';

// Rows above and below what is visible, so that scrolling meets no empty space.
const SPARE_ROWS = 12;

// The height of all cells: --row of list.css.
const NARROW = matchMedia('(max-width: 860px)');
export const rowHeight = () => (NARROW.matches ? 76 : 48);

// Takes the place of rows that are not elements. An attribute of SVG, because the policy of the page permits no styles.
export const space = (rows) => html`<svg class="list-space" width="1" height=${Math.max(0, rows) * rowHeight()} aria-hidden="true"></svg>`;

// find() → the element whose children are the rows, or null; count() → how many rows there are; draw.
export function windowOf({ find, count, draw }) {
  let first = 0;
  let last = Math.ceil(innerHeight / rowHeight()) + SPARE_ROWS;

  const top = (list) => list.getBoundingClientRect().top + scrollY;

  function measure() {
    const list = find();
    if (list === null) {
      return false;
    }
    const offset = scrollY - top(list);
    const from = Math.max(0, Math.floor(offset / rowHeight()) - SPARE_ROWS);
    const to = Math.ceil((offset + innerHeight) / rowHeight()) + SPARE_ROWS;
    const isOther = from !== first || to !== last;
    first = from;
    last = to;
    return isOther;
  }

  const scrolled = () => {
    if (measure()) {
      draw();
    }
  };
  addEventListener('scroll', scrolled, { passive: true });
  addEventListener('resize', scrolled);
  return {
    // [from, to): the rows to draw.
    range() {
      const to = Math.min(last, count());
      return [Math.min(first, Math.max(0, to - 1)), to];
    },
    measure,
    // Scrolls as little as possible to show a row below the header that sticks.
    reveal(index) {
      const list = find();
      if (list === null) {
        return;
      }
      const header = document.querySelector('.list-head')?.offsetHeight ?? 0;
      const covered = (document.querySelector('.top')?.offsetHeight ?? 0) + header;
      const bar = document.querySelector('.bulk')?.offsetHeight ?? 0;
      const start = top(list) + index * rowHeight();
      if (start < scrollY + covered) {
        scrollTo(0, index === 0 ? 0 : start - covered);
      } else if (start + rowHeight() > scrollY + innerHeight - bar) {
        scrollTo(0, start + rowHeight() - innerHeight + bar + 8);
      }
      measure();
    },
    // The index of the first row that is completely visible, and its distance from the top of the window.
    anchor() {
      const list = find();
      if (list === null || scrollY === 0) {
        return undefined;
      }
      const index = Math.max(0, Math.ceil((scrollY - top(list)) / rowHeight()));
      return { index, distance: top(list) + index * rowHeight() - scrollY };
    },
    restore({ index, distance }) {
      const list = find();
      if (list !== null) {
        scrollTo(0, top(list) + index * rowHeight() - distance);
        measure();
      }
    },
    close() {
      removeEventListener('scroll', scrolled);
      removeEventListener('resize', scrolled);
    },
  };
}
