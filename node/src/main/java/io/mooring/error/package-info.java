/**
 * Every refusal that a client can see, with its exact text, and the exception that carries one
 * through futures. Immutable values; any thread. The mapping to gRPC and HTTP status is not here.
 */
@NullMarked
package io.mooring.error;

import org.jspecify.annotations.NullMarked;
