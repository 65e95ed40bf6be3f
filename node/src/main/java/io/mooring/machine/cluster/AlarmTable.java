package io.mooring.machine.cluster;

import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.base.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The active alarms at one applied index. Immutable; any thread. Rows of {@link Table#ALARM}:
 *
 * <pre>
 * | member id, 8 | alarm type, 4 |  ->  nothing
 * </pre>
 */
public final class AlarmTable {

  /** No alarm. */
  public static final AlarmTable EMPTY = new AlarmTable(PersistentTree.empty());

  private final PersistentTree<AlarmMember> alarms;
  private final boolean noSpace;
  private final boolean corrupt;

  private AlarmTable(PersistentTree<AlarmMember> alarms) {
    this.alarms = alarms;
    this.noSpace = holds(alarms, AlarmType.NOSPACE);
    this.corrupt = holds(alarms, AlarmType.CORRUPT);
  }

  /** Reads the alarms that an engine holds. */
  public static AlarmTable restore(VersionReader reader) {
    AlarmTable table = EMPTY;
    try (TableCursor rows = reader.tableScan(Table.ALARM, new byte[0], null)) {
      while (rows.next()) {
        Check.that(rows.key().length == 12, "alarm row key size", rows.key().length);
        ByteBuffer fields = ByteBuffer.wrap(rows.key());
        table =
            table.with(
                AlarmMember.newBuilder()
                    .setMemberID(fields.getLong())
                    .setAlarmValue(fields.getInt())
                    .build());
      }
    }
    return table;
  }

  /** The row of an alarm. */
  public static byte[] key(AlarmMember alarm) {
    return ByteBuffer.allocate(12)
        .putLong(alarm.getMemberID())
        .putInt(alarm.getAlarmValue())
        .array();
  }

  /** Whether some member is out of space: nothing may be put or granted. */
  public boolean noSpace() {
    return noSpace;
  }

  /** Whether some member's data differs: nothing may be written. */
  public boolean corrupt() {
    return corrupt;
  }

  /** Whether exactly this alarm is active. */
  public boolean contains(AlarmMember alarm) {
    return alarms.get(key(alarm)) != null;
  }

  /**
   * Active alarms by unsigned member id, then type.
   *
   * @param type only these; {@link AlarmType#NONE} for all
   */
  public List<AlarmMember> list(AlarmType type) {
    List<AlarmMember> found = new ArrayList<>();
    TreeCursor<AlarmMember> cursor = alarms.cursor();
    while (cursor.next()) {
      if (type == AlarmType.NONE || cursor.value().getAlarm() == type) {
        found.add(cursor.value());
      }
    }
    return found;
  }

  /** This table with an alarm added. */
  public AlarmTable with(AlarmMember alarm) {
    return new AlarmTable(alarms.put(key(alarm), alarm));
  }

  /** This table without an alarm. */
  public AlarmTable without(AlarmMember alarm) {
    return new AlarmTable(alarms.remove(key(alarm)));
  }

  private static boolean holds(PersistentTree<AlarmMember> alarms, AlarmType type) {
    TreeCursor<AlarmMember> cursor = alarms.cursor();
    while (cursor.next()) {
      if (cursor.value().getAlarm() == type) {
        return true;
      }
    }
    return false;
  }
}
