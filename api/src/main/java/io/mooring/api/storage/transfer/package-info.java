/**
 * The whole content of a store as a stream, equal for every engine: for members that join or have
 * fallen behind, for backups, and for the memory engine's own files.
 *
 * <p>Owns the format. Runs on the thread of its caller, does no I/O: chunks are byte arrays, and
 * whoever carries them decides where they go. A stream is taken whole or refused; nothing damaged
 * is ever loaded into a store that goes into service.
 */
@NullMarked
package io.mooring.api.storage.transfer;

import org.jspecify.annotations.NullMarked;
