// All screens. A screen has a name (its part of the address), a label in the navigation (none: not there), the right that
// it needs, and open(place, draw) → {title, view(), keys, moved(place), close()}.
import { audit } from './screens/audit.js';
import { cluster } from './screens/cluster.js';
import { cohorts } from './screens/cohorts.js';
import { deployments } from './screens/deployments.js';
import { flag, experiment } from './screens/flag.js';
import { flags } from './screens/flags.js';
import { groups } from './screens/groups.js';
import { history } from './screens/history.js';
import { projects } from './screens/projects.js';
import { stale } from './screens/stale.js';
import { tokens } from './screens/tokens.js';

export const screens = [flags, flag, experiment, groups, cohorts, deployments, stale, history, audit, projects, tokens, cluster];
