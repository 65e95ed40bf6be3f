/**
 * Leases as replicated state: which exist, their granted and remaining TTLs, and the rows that say
 * which keys go with them. Plain immutable values; the apply thread makes new ones, anyone reads.
 * Time is not here: deadlines are the duty's affair.
 */
@NullMarked
package io.mooring.machine.lease;

import org.jspecify.annotations.NullMarked;
