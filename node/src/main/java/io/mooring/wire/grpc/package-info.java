/** The gRPC face: codecs, streams, back-pressure, status mapping. Client loops. */
@NullMarked
package io.mooring.wire.grpc;

import org.jspecify.annotations.NullMarked;
