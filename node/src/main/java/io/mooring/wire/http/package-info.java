/** The HTTP/1.1 face: health, version, metrics. Client loops. */
@NullMarked
package io.mooring.wire.http;

import org.jspecify.annotations.NullMarked;
