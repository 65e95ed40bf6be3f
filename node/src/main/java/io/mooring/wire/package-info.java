/**
 * Client listeners: one port for gRPC and HTTP/1.1, one verticle for each client loop. Owns
 * connections; never decides what a request may do.
 */
@NullMarked
package io.mooring.wire;

import org.jspecify.annotations.NullMarked;
