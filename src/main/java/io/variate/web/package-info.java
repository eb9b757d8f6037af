/**
 * What the HTTP ports share: strict reading of requests, the account of memory that clients can take, and the guards of
 * their connections.
 */
@NullMarked
package io.variate.web;

import org.jspecify.annotations.NullMarked;
