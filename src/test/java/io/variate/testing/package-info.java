/** What tests of several packages lean on: a real node in this process, and sockets that send what no client would. */
@NullMarked
package io.variate.testing;

import org.jspecify.annotations.NullMarked;
