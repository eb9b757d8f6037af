/** Guards of connections: the account of memory, deadlines, and who is read next. */
@NullMarked
package io.variate.web.connections;

import org.jspecify.annotations.NullMarked;
