/** Leases as replicated state: grants, attachments, remaining TTLs. Time is not here. */
@NullMarked
package io.mooring.machine.lease;

import org.jspecify.annotations.NullMarked;
