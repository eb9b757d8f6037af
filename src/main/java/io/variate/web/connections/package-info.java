/** Guards of connections: memory accounts, deadlines, and fairness between clients. */
@NullMarked
package io.variate.web.connections;

import org.jspecify.annotations.NullMarked;
