/**
 * The gRPC face: codecs, streams, back-pressure, status mapping. On client loops. Owns each call
 * from its headers to its trailers, and never lets one that has gone wrong trouble another.
 */
@NullMarked
package io.mooring.wire.grpc;

import org.jspecify.annotations.NullMarked;
