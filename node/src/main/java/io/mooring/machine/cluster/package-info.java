/** Members and alarms as replicated state. */
@NullMarked
package io.mooring.machine.cluster;

import org.jspecify.annotations.NullMarked;
