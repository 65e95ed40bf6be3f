/**
 * The network between members: one stream to every other member, reconnected with backoff, and a
 * listener for theirs. Everything runs on the peer loop; what is sent and what arrives crosses in
 * bounded mailboxes, and what finds one full is dropped, because the core sends again. Nothing here
 * understands a message, beyond whom it is for.
 */
@NullMarked
package io.mooring.peer;

import org.jspecify.annotations.NullMarked;
