/** The flags of a deployment, once or as a stream, for SDKs with local evaluation. */
@NullMarked
package io.variate.http.flags;

import org.jspecify.annotations.NullMarked;
