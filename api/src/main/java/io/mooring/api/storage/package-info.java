/**
 * The storage SPI: a multi-version engine, what it is asked, and what it promises.
 *
 * <p>Owns the types that cross between the state machine and an engine. One apply thread writes;
 * any number of readers hold snapshots. Nothing here knows protobuf, Vert.x or a concrete engine:
 * the value of a key is an opaque payload to an engine, beside the few numbers that it indexes by.
 */
@NullMarked
package io.mooring.api.storage;

import org.jspecify.annotations.NullMarked;
