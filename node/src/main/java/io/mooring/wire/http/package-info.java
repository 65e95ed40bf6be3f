/** The HTTP/1.1 face: health, version, metrics. On client loops; only reads. */
@NullMarked
package io.mooring.wire.http;

import org.jspecify.annotations.NullMarked;
