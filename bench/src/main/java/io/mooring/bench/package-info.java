/**
 * Benchmarks of the storage engines over the SPI: JMH for single operations, {@link
 * io.mooring.bench.EngineSoak} for sustained writing, device bytes and opening. Nothing here runs
 * in the build; README.md has the commands.
 */
@NullMarked
package io.mooring.bench;

import org.jspecify.annotations.NullMarked;
