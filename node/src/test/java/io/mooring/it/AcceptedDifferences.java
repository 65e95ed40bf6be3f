package io.mooring.it;

import com.google.protobuf.Message;
import io.mooring.it.RandomCalls.Call;
import io.mooring.it.RawClient.Reply;
import java.util.List;

/**
 * Where Debian's etcd 3.4 answers otherwise than the contract (etcd 3.7) has it. Each row is
 * reviewed; whatever is not here is a bug of ours.
 */
final class AcceptedDifferences {

  /** One row. */
  private record Difference(String reason, Rule rule) {}

  private interface Rule {
    boolean holds(Call call, Reply<Message> theirs, Reply<Message> ours);
  }

  private static final List<Difference> ALL = List.of();

  private AcceptedDifferences() {}

  /** Whether some row explains how two replies differ. */
  static boolean accepts(Call call, Reply<Message> theirs, Reply<Message> ours) {
    for (Difference difference : ALL) {
      if (difference.rule().holds(call, theirs, ours)) {
        return true;
      }
    }
    return false;
  }

  /** The reviewed reasons, for the documentation. */
  static List<String> reasons() {
    return ALL.stream().map(Difference::reason).toList();
  }
}
