// How the scripts of this directory talk to the tests: one argument of JSON, lines of JSON.
import { createInterface } from 'node:readline';

export const argument = () => JSON.parse(process.argv[2]);

export const print = (line) => process.stdout.write(JSON.stringify(line) + '\n');

// Calls back with each line of standard input; resolves when it ends.
export const commands = async (obey) => {
  for await (const line of createInterface({ input: process.stdin })) {
    await obey(line);
  }
};
