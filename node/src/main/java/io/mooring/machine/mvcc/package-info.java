/**
 * Keys, revisions, transactions, ranges and compaction over the storage SPI.
 *
 * <p>Writes run on the apply thread; ranges and validators anywhere, on readers and batches of
 * their caller. Requests and responses are etcd's messages; what an engine stores as payload is one
 * encoded {@code mvccpb.KeyValue}. Nothing here knows time, the log, or who asks.
 */
@NullMarked
package io.mooring.machine.mvcc;

import org.jspecify.annotations.NullMarked;
