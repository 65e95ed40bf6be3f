/**
 * Members and alarms as replicated state: immutable tables, and the rows that keep them in the
 * engine. The apply thread makes new ones, anyone reads.
 */
@NullMarked
package io.mooring.machine.cluster;

import org.jspecify.annotations.NullMarked;
