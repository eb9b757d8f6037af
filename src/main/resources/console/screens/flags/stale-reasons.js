// Why a flag is stale, for people.
const WORDS = {
  constant: 'Gives all users the same, and has not changed for a long time: the code can do without it.',
  silent: 'No application has asked for it for a long time.',
  forgotten: 'Reaches only some users of a segment, and has not changed for a long time: is its rollout forgotten?',
  decided: 'Its experiment has a decision, but users still get different variants.',
  expired: 'The end date of its experiment is past, but users still get different variants.',
};

const SHORT = {
  constant: 'Same for all',
  silent: 'Not asked for',
  forgotten: 'Stuck rollout',
  decided: 'Decided',
  expired: 'Past its end',
};

export const REASONS = Object.keys(WORDS);
export const reasonInWords = (reason) => WORDS[reason] ?? reason;
export const reasonInShort = (reason) => SHORT[reason] ?? reason;
