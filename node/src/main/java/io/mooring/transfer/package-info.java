/**
 * The whole state of one member on its way to another: frozen and cut into chunks here, stored,
 * loaded and put in place there. {@code raft} decides when, {@code peer} carries the chunks, {@code
 * apply} goes on from the new engine.
 *
 * <p>Everything that may block runs on the transfer loop, a thread of its own. Nothing here touches
 * the live state before a received one is whole, loaded and durable.
 */
@NullMarked
package io.mooring.transfer;

import org.jspecify.annotations.NullMarked;
