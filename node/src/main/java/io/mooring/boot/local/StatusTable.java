package io.mooring.boot.local;

import io.mooring.api.etcdserverpb.StatusResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of each member as a table for people. */
final class StatusTable {

  private static final long MIB = 1 << 20;

  private final List<List<String>> rows = new ArrayList<>();

  StatusTable() {
    rows.add(
        List.of(
            "N", "NAME", "PROCESS", "STATE", "CLIENTS", "ENGINE", "ID", "ROLE", "TERM", "INDEX",
            "APPLIED", "SIZE"));
  }

  /** Adds a member; process and status are null when there is none. */
  void add(LocalMember member, @Nullable ProcessHandle process, @Nullable StatusResponse status) {
    List<String> row = new ArrayList<>();
    row.add(Integer.toString(member.number()));
    row.add(member.name());
    row.add(process == null ? "-" : Long.toString(process.pid()));
    row.add(process == null ? "stopped" : status == null ? "no answer" : "running");
    row.add(member.clientUrl());
    row.add(member.engine());
    if (process == null || status == null) {
      row.addAll(List.of("-", "-", "-", "-", "-", "-"));
    } else {
      row.add(Long.toHexString(status.getHeader().getMemberId()));
      row.add(role(status));
      row.add(Long.toString(status.getRaftTerm()));
      row.add(Long.toString(status.getRaftIndex()));
      row.add(Long.toString(status.getRaftAppliedIndex()));
      row.add("%.1f MiB".formatted((double) status.getDbSize() / MIB));
    }
    rows.add(row);
  }

  private static String role(StatusResponse status) {
    if (status.getIsLearner()) {
      return "learner";
    }
    if (status.getLeader() == 0) {
      return "no leader";
    }
    return status.getLeader() == status.getHeader().getMemberId() ? "leader" : "follower";
  }

  /** The table, a line for each row. */
  @Override
  public String toString() {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      Arrays.setAll(widths, at -> Math.max(widths[at], row.get(at).length()));
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int at = 0; at < widths.length; at++) {
        line.append(row.get(at)).append(" ".repeat(widths[at] - row.get(at).length() + 2));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }
}
