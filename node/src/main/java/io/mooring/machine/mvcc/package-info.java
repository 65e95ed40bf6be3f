/** Keys, revisions, transactions, ranges and compaction over the storage SPI, in its own types. */
@NullMarked
package io.mooring.machine.mvcc;

import org.jspecify.annotations.NullMarked;
