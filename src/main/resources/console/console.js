// The console of Variate: a face of the management API. It can do nothing that the API does not do under the same rules.
import { start } from './shell.js';

start(document.getElementById('console'));
