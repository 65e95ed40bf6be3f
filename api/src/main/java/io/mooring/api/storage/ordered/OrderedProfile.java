package io.mooring.api.storage.ordered;

/**
 * How the ordered engine treats a particular byte store.
 *
 * @param overlayRows newest rows that wait on the heap to be merged in key order; 0 where the store
 *     itself absorbs random writes, and every row is merged with its commit
 * @param overlayBytes the same bound in bytes
 * @param transactionRows most changes that one store transaction takes
 * @param transactionBytes the same bound in bytes
 * @param transactionNs how long a store transaction may take; batches adapt to it
 * @param lingerNs how long a lone commit waits for company before it is written
 * @param heapCacheBytes bound of the heap cache of latest versions
 * @param slabBytes size of the arrays that hold what has not been merged
 */
public record OrderedProfile(
    int overlayRows,
    long overlayBytes,
    int transactionRows,
    long transactionBytes,
    long transactionNs,
    long lingerNs,
    long heapCacheBytes,
    int slabBytes) {

  /**
   * Overlay of a {@link #lazy} store, where the heap has room for it. Its rows set the price of
   * merging: with P pages in latest and K changes in a pass over all keys, about twice the rows
   * here, a change costs P/K x (1 - e^(-K/P)) pages written.
   */
  public static final long LAZY_OVERLAY_BYTES = 64L << 20;

  private static final int LAZY_OVERLAY_ROWS = 100_000;

  private static final int SLAB_BYTES = 256 << 10;

  /** For a store that pays by the page touched: merging is put off and done in key order. */
  public static OrderedProfile lazy(long heapCacheBytes, long overlayBytes) {
    return new OrderedProfile(
        LAZY_OVERLAY_ROWS,
        overlayBytes,
        10_000,
        8L << 20,
        90_000_000,
        100_000_000,
        heapCacheBytes,
        SLAB_BYTES);
  }

  /** For a store with a sorted memory table of its own. */
  public static OrderedProfile eager(long heapCacheBytes) {
    return new OrderedProfile(
        0, 0, 5_000, 8L << 20, 50_000_000, 20_000_000, heapCacheBytes, SLAB_BYTES);
  }
}
