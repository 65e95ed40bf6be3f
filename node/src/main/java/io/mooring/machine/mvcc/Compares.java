package io.mooring.machine.mvcc;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.Compare.CompareTarget;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.base.Check;
import java.util.List;

/** Evaluates the conditions of a transaction, all against one state. */
final class Compares {

  private Compares() {}

  /** Whether all hold; none at all hold too. */
  static boolean hold(List<Compare> compares, VersionReader reader, long atRevision) {
    for (Compare compare : compares) {
      if (!holds(compare, reader, atRevision)) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(Compare compare, VersionReader reader, long atRevision) {
    KeyRange keys = KeyRange.of(compare.getKey(), compare.getRangeEnd());
    boolean byValue = compare.getTarget() == CompareTarget.VALUE;
    if (keys.point()) {
      Version version = reader.get(keys.from(), atRevision, byValue);
      return version == null ? absentHolds(compare) : holds(compare, version);
    }
    try (VersionCursor cursor = reader.range(keys.from(), keys.to(), atRevision)) {
      if (!cursor.next()) {
        return absentHolds(compare);
      }
      do {
        if (!holds(compare, RangeScan.version(cursor, byValue))) {
          return false;
        }
      } while (cursor.next());
      return true;
    }
  }

  /** A missing key has number 0, but no value that anything could be compared with. */
  private static boolean absentHolds(Compare compare) {
    return compare.getTarget() != CompareTarget.VALUE
        && satisfies(compare, Long.compare(0, wanted(compare)));
  }

  private static boolean holds(Compare compare, Version version) {
    int order =
        switch (compare.getTarget()) {
          case VERSION -> Long.compare(version.version(), wanted(compare));
          case CREATE -> Long.compare(version.createRevision(), wanted(compare));
          case MOD -> Long.compare(version.modRevision(), wanted(compare));
          case LEASE -> Long.compare(version.leaseId(), wanted(compare));
          case VALUE -> compareValues(version, compare.getValue());
          case UNRECOGNIZED -> 0;
        };
    return satisfies(compare, order);
  }

  private static int compareValues(Version version, ByteString wanted) {
    byte[] payload = Check.present(version.payload(), "compared by value without one");
    return ByteString.unsignedLexicographicalComparator()
        .compare(KeyValueCodec.value(payload), wanted);
  }

  /** The number compared with; 0 when the request set none, or one of another kind. */
  private static long wanted(Compare compare) {
    return switch (compare.getTarget()) {
      case VERSION -> compare.getVersion();
      case CREATE -> compare.getCreateRevision();
      case MOD -> compare.getModRevision();
      case LEASE -> compare.getLease();
      case VALUE, UNRECOGNIZED -> 0;
    };
  }

  private static boolean satisfies(Compare compare, int order) {
    return switch (compare.getResult()) {
      case EQUAL -> order == 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case NOT_EQUAL -> order != 0;
      case UNRECOGNIZED -> true;
    };
  }
}
