package io.mooring.machine.lease;

import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.api.storage.tree.TreeEditor;
import org.jspecify.annotations.Nullable;

/**
 * All leases at one applied index: a persistent map, so that a grant among a million copies a path,
 * not the map. Immutable; any thread.
 */
public final class LeaseTable {

  /** No leases. */
  public static final LeaseTable EMPTY = new LeaseTable(PersistentTree.empty());

  private final PersistentTree<Lease> leases;

  private LeaseTable(PersistentTree<Lease> leases) {
    this.leases = leases;
  }

  /** Reads the leases that an engine holds. */
  public static LeaseTable restore(VersionReader reader) {
    TreeEditor<Lease> editor = PersistentTree.<Lease>empty().edit();
    try (TableCursor rows = reader.tableScan(Table.LEASE, new byte[0], null)) {
      while (rows.next()) {
        editor.put(rows.key(), LeaseRows.lease(rows.key(), rows.value()));
      }
    }
    return new LeaseTable(editor.freeze());
  }

  /** How many there are. */
  public long size() {
    return leases.size();
  }

  /** A lease, or null. */
  public @Nullable Lease get(long leaseId) {
    return leases.get(LeaseRows.key(leaseId));
  }

  /** Whether a lease exists. */
  public boolean contains(long leaseId) {
    return get(leaseId) != null;
  }

  /** A walk over all leases in ascending order of their ids. */
  public TreeCursor<Lease> cursor() {
    return leases.cursor();
  }

  /** This table with a lease added or replaced. */
  public LeaseTable with(Lease lease) {
    return new LeaseTable(leases.put(LeaseRows.key(lease.id()), lease));
  }

  /** This table without a lease. */
  public LeaseTable without(long leaseId) {
    return new LeaseTable(leases.remove(LeaseRows.key(leaseId)));
  }
}
