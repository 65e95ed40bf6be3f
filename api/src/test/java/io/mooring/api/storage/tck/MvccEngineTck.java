package io.mooring.api.storage.tck;

/**
 * The conformance kit of the storage SPI. An engine's test class extends this, names its provider,
 * and overrides {@link #crash} if copying its files as they lie is not what a crash would leave.
 *
 * <p>The cases are inherited one group from the other, so that each file stays readable: contract,
 * compaction, keys, crashes, metamorphic runs, concurrency, transfer.
 */
public abstract class MvccEngineTck extends TransferCases {}
