// Members of a cohort from a file or a text, in the form that the API reads.

const START = 64 * 1024;

// {blob, count}: the body of an upload. JSON (an array, an object with memberIds, or a string on each line) is sent as it
// is, and its members are not counted. Otherwise each line is a member: spaces at its ends and empty lines are left out.
// progress(bytes read).
export async function membersOf(source, { progress = () => {}, signal } = {}) {
  const start = (await source.slice(0, START).text()).trimStart();
  if (/^["[{]/.test(start)) {
    return { blob: source, count: undefined };
  }
  const parts = [];
  const reader = source.stream().pipeThrough(new TextDecoderStream('utf-8', { fatal: true })).getReader();
  let rest = '';
  let count = 0;
  let done = 0;
  const add = (lines) => {
    const members = lines.map((line) => line.trim()).filter((line) => line !== '');
    count += members.length;
    parts.push(new Blob([members.map((member) => `${JSON.stringify(member)}\n`).join('')]));
  };
  for (;;) {
    signal?.throwIfAborted();
    const { value, done: ended } = await reader.read();
    if (ended) {
      add([rest]);
      return { blob: new Blob(count === 0 ? ['[]'] : parts), count };
    }
    done += value.length;
    progress(done);
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop();
    add(lines);
  }
}
