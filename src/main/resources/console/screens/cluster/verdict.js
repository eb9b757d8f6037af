// What the state of the cluster means, in words. Pure.
import { number } from '../../lists.js';

const sum = (counts) => Object.values(counts ?? {}).reduce((all, each) => all + each, 0);

// What a ledger has taken in, and what became of it; balanced if nothing is unaccounted for.
export function account(ledger) {
  const taken = (ledger.evaluated ?? 0) + (ledger.exposures ?? 0) + (ledger.received ?? 0);
  const left = (ledger.untracked ?? 0) + (ledger.deduplicated ?? 0);
  const lost = typeof ledger.lost === 'number' ? ledger.lost : sum(ledger.lost);
  const recorded = taken - left;
  return {
    accepted: recorded,
    delivered: ledger.delivered ?? 0,
    pending: ledger.spooled ?? 0,
    lost,
    balanced: recorded === (ledger.delivered ?? 0) + (ledger.spooled ?? 0) + lost,
  };
}

export const together = (accounts) =>
  accounts.reduce(
    (all, each) => ({
      accepted: all.accepted + each.accepted,
      delivered: all.delivered + each.delivered,
      pending: all.pending + each.pending,
      lost: all.lost + each.lost,
      balanced: all.balanced && each.balanced,
    }),
    { accepted: 0, delivered: 0, pending: 0, lost: 0, balanced: true },
  );

// How far a node is behind the newest revision: “newest”, “2 behind”.
export const lag = (node, newest) => (node.revision >= newest ? 'newest' : `${number(newest - node.revision)} behind`);

export const isDown = (dependency) => dependency !== undefined && !['up', 'none', 'ok'].includes(dependency.status);

// {kind: 'good', 'warn' or 'bad', words}: the worst comes first.
export function verdict({ nodes, missing = [], revision }) {
  const names = (list) => list.map(({ name, id }) => name ?? id).join(', ');
  const found = [];
  const add = (kind, words) => found.push({ kind, words });
  const notReady = nodes.filter(({ ready }) => ready === false);
  const behind = nodes.filter((node) => node.revision < revision);
  const lost = nodes.filter(({ ledger }) => ledger && account(ledger).lost > 0);
  const noKafka = nodes.filter(({ kafka }) => isDown(kafka));
  const noDatabase = nodes.filter(({ postgresql }) => isDown(postgresql));
  const unbalanced = nodes.filter(({ ledger }) => ledger && !account(ledger).balanced);
  if (missing.length > 0) {
    add('bad', `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not answer.`);
  }
  if (notReady.length > 0) {
    add('bad', `${names(notReady)} ${notReady.length === 1 ? 'is' : 'are'} not ready.`);
  }
  if (unbalanced.length > 0) {
    add('bad', `The ledger of ${names(unbalanced)} does not balance.`);
  }
  if (noDatabase.length > 0) {
    add('warn', `${names(noDatabase)} cannot reach PostgreSQL: flags are served, but cannot be changed there.`);
  }
  if (noKafka.length > 0) {
    add('warn', `${names(noKafka)} cannot reach Kafka: events wait on the disk.`);
  }
  if (behind.length > 0) {
    add('warn', `${names(behind)} ${behind.length === 1 ? 'serves' : 'serve'} an older revision than ${number(revision)}.`);
  }
  if (lost.length > 0) {
    add('warn', `${names(lost)} lost events since ${lost.length === 1 ? 'its' : 'their'} first start.`);
  }
  return found.length > 0
    ? found
    : [{ kind: 'good', words: nodes.length === 1 ? `The node is healthy and serves revision ${number(revision)}.` : `All ${nodes.length} nodes are healthy and serve revision ${number(revision)}.` }];
}
