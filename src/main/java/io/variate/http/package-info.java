/**
 * The public port: its verticle, the API description and the status endpoint. Subpackages have the other endpoints.
 */
@NullMarked
package io.variate.http;

import org.jspecify.annotations.NullMarked;
