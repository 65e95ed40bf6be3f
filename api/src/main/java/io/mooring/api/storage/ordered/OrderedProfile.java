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
 */
public record OrderedProfile(
    int overlayRows,
    long overlayBytes,
    int transactionRows,
    long transactionBytes,
    long transactionNs,
    long lingerNs,
    long heapCacheBytes) {

  /** For a store that pays by the page touched: merging is put off and done in key order. */
  public static OrderedProfile lazy(long heapCacheBytes) {
    return new OrderedProfile(
        100_000, 64L << 20, 10_000, 8L << 20, 75_000_000, 100_000_000, heapCacheBytes);
  }

  /** For a store with a sorted memory table of its own. */
  public static OrderedProfile eager(long heapCacheBytes) {
    return new OrderedProfile(0, 0, 5_000, 8L << 20, 50_000_000, 20_000_000, heapCacheBytes);
  }
}
