/**
 * Building blocks of both HTTP ports: the error model, authentication, CORS, compression, bodies and entity tags.
 */
@NullMarked
package io.variate.web;

import org.jspecify.annotations.NullMarked;
