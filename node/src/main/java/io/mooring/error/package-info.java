/**
 * Every refusal that a client can see, with exact text, and the exception that carries one
 * through\n * futures. The mapping to gRPC and HTTP status is not here.
 */
@NullMarked
package io.mooring.error;

import org.jspecify.annotations.NullMarked;
