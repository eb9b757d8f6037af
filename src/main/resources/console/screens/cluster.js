// The nodes of the cluster, as they are now.
import { html, nothing } from '../page/lit-html.js';
import { get, path } from '../api.js';
import { bytes, number, table } from '../lists.js';
import { problem } from '../problems.js';
import { ago, atTime } from '../times.js';
import { account, isDown, lag, together, verdict } from './cluster/verdict.js';

const REFRESHED_EVERY_MS = 4_000;

export const cluster = {
  name: 'cluster',
  label: 'Cluster',
  open: (place, draw) => {
    const state = { seen: undefined, at: undefined, failure: undefined };
    let timer;
    let closed = false;

    async function refresh() {
      clearTimeout(timer);
      // Nobody looks at a hidden page.
      if (!document.hidden || state.seen === undefined) {
        try {
          state.seen = (await get(path('cluster'))).body;
          state.at = Date.now();
          state.failure = undefined;
        } catch (failure) {
          state.failure = failure;
        }
        draw();
      }
      if (!closed) {
        timer = setTimeout(refresh, REFRESHED_EVERY_MS);
      }
    }
    refresh();

    return {
      title: 'Cluster',
      view: () => html`
        <div class="head">
          <h1>Cluster</h1>
          <span class="fill"></span>
          ${state.at === undefined ? nothing : html`<span class="hint">${state.failure ? `As of ${atTime(state.at)}` : 'Refreshed every few seconds'}</span>`}
        </div>
        ${state.failure ? problem(state.failure, refresh) : nothing}
        ${state.seen === undefined ? (state.failure ? nothing : html`<p class="hint">Loading…</p>`) : overview(state.seen)}
      `,
      close: () => {
        closed = true;
        clearTimeout(timer);
      },
    };
  },
};

function overview(seen) {
  const { nodes, revision, leader, missing = [] } = seen;
  const balance = together(nodes.filter(({ ledger }) => ledger).map(({ ledger }) => account(ledger)));
  return html`
    <div role="status">
      <ul class="verdicts">
        ${verdict(seen).map(({ kind, words }) => html`<li class="verdict-line ${kind}">${words}</li>`)}
      </ul>
    </div>
    <div class="card">
      ${table(
        'Nodes',
        ['Node', 'Serves', { label: 'Loop lag', amount: true }, { label: 'Memory', amount: true }, { label: 'Waiting events', amount: true }, 'Kafka', 'PostgreSQL'],
        [
          ...nodes.map((node) => ({ cells: cells(node, { revision, leader }), below: problems(node) })),
          ...missing.map((name) => [
            html`<span class="row-name">${name}</span> <span class="badge bad">does not answer</span>`,
            ...Array(6).fill(html`<span class="hint">unknown</span>`),
          ]),
        ],
      )}
    </div>
    <section class="card" aria-labelledby="ledger">
      <h2 id="ledger">Ledger of events</h2>
      <dl class="balance">
        ${amount('Accepted', balance.accepted)} <span class="hint" aria-hidden="true">=</span> ${amount('Delivered', balance.delivered)}
        <span class="hint" aria-hidden="true">+</span> ${amount('Waiting', balance.pending)} <span class="hint" aria-hidden="true">+</span>
        ${amount('Lost', balance.lost)}
      </dl>
      <p class="hint">
        ${balance.balanced ? 'It balances: every accepted event is accounted for.' : 'It does not balance: events are unaccounted for.'}
        ${missing.length > 0 ? ' The events of nodes that do not answer are missing.' : nothing}
      </p>
    </section>
  `;
}

const amount = (label, value) => html`<div><dt>${label}</dt><dd class="number">${number(value)}</dd></div>`;

const cells = (node, { revision, leader }) => [
  html`
    <span class="row-name">${node.name ?? node.id}</span>
    ${node.ready === false ? html`<span class="badge bad">not ready</span>` : nothing}
    ${leader !== undefined && [node.id, node.name].includes(leader) ? html`<span class="badge off" title="It reads PostgreSQL for all nodes">leader</span>` : nothing}
    <br><span class="hint">${[node.version, node.zone ? `zone ${node.zone}` : undefined, (node.roles ?? []).join(' and '), node.startedAt ? `started ${ago(node.startedAt)}` : undefined].filter(Boolean).join(' · ')}</span>
  `,
  html`revision <span class="number">${node.revision ?? '–'}</span><br><span class=${node.revision < revision ? 'badge warn' : 'hint'}>${lag(node, revision)}</span>`,
  milliseconds(node.loopLagSeconds),
  node.memory?.usedBytes === undefined ? '–' : html`${bytes(node.memory.usedBytes)}<br><span class="hint">of ${bytes(node.memory.maxBytes)}</span>`,
  node.spool === undefined ? '–' : html`${number(node.spool.records ?? 0)}<br><span class="hint">${bytes(node.spool.bytes ?? 0)}${node.spool.seconds > 1 ? `, ${duration(node.spool.seconds)} old` : ''}</span>`,
  dependency(node.kafka),
  dependency(node.postgresql),
];

const milliseconds = (seconds) => (seconds === undefined || seconds === null ? '–' : `${(1_000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms`);

const duration = (seconds) =>
  seconds < 120 ? `${Math.round(seconds)} s` : seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;

function dependency(each) {
  if (each === undefined || each.status === 'none') {
    return html`<span class="hint">not used</span>`;
  }
  return isDown(each) ? html`<span class="badge bad">${each.status}</span>` : html`<span class="state-up">${each.status}</span>`;
}

// What the node itself reports, and why dependencies are down.
function problems({ problems = [], kafka, postgresql }) {
  const all = [
    ...problems.map((each) => (typeof each === 'string' ? each : (each.message ?? each.reason))),
    ...[['Kafka', kafka], ['PostgreSQL', postgresql]].filter(([, each]) => each?.reason).map(([name, { reason }]) => `${name}: ${reason}`),
  ];
  return all.length === 0 ? nothing : html`<ul class="node-problems">${all.map((each) => html`<li>${each}</li>`)}</ul>`;
}
