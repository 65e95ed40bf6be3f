package io.mooring.machine;

import com.google.protobuf.MessageLite;
import io.mooring.api.etcdserverpb.AlarmResponse;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.etcdserverpb.MemberAddResponse;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.api.etcdserverpb.MemberRemoveResponse;
import io.mooring.api.etcdserverpb.MemberUpdateResponse;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.ResponseOp;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.error.EtcdError;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.lease.LeaseRows;
import io.mooring.machine.mvcc.KeyValueCodec;
import io.mooring.machine.mvcc.RangeQuery;
import io.mooring.machine.mvcc.RangeResult;
import io.mooring.machine.mvcc.Validation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plays a machine from lines of text and shows what a client and a watcher would see. Requests pass
 * the validation of the client edge first.
 */
final class MachineTranscript {

  private static final int MAX_OPS = 4;

  private final MachineFixture fixture;

  MachineTranscript(MachineFixture fixture) {
    this.fixture = fixture;
  }

  String play(String line) {
    StringBuilder out = new StringBuilder();
    if (line.startsWith("range ")) {
      range(ScriptParser.range(line), out);
    } else if (line.equals("leases")) {
      leases(out);
    } else if (line.equals("restart")) {
      fixture.restart();
    } else if (line.startsWith("term ")) {
      fixture.term = Long.parseLong(line.substring(5));
    } else if (line.equals("members")) {
      members(out);
    } else {
      command(ScriptParser.command(line), out);
    }
    return out.toString();
  }

  private void command(Command command, StringBuilder out) {
    EtcdError invalid = invalid(command);
    if (invalid != null) {
      refusal(invalid, out);
      return;
    }
    Outcome outcome = fixture.apply(command);
    if (outcome.refusal() != null) {
      refusal(outcome.refusal(), out);
    } else {
      out.append("ok rev=").append(outcome.revision()).append(shown(outcome.response()));
      out.append('\n');
    }
    for (RecordedEffects.KeyChange change : fixture.effects.takeKeyChanges()) {
      out.append("  event ").append(change.revision()).append(' ');
      if (change.payload() == null) {
        out.append("delete ").append(text(change.key()));
      } else {
        out.append("put ").append(shown(KeyValueCodec.parse(change.payload())));
      }
      if (change.previous() != null) {
        out.append(" was ").append(shown(KeyValueCodec.parse(change.previous())));
      }
      out.append('\n');
    }
    for (String change : fixture.effects.takeLeaseChanges()) {
      out.append("  lease ").append(change).append('\n');
    }
  }

  private static @Nullable EtcdError invalid(Command command) {
    return switch (command.getBodyCase()) {
      case PUT -> Validation.put(command.getPut());
      case DELETE_RANGE -> Validation.deleteRange(command.getDeleteRange());
      case TXN -> Validation.txn(command.getTxn(), MAX_OPS);
      case LEASE_GRANT -> Validation.leaseGrant(command.getLeaseGrant());
      default -> null;
    };
  }

  private void range(RangeRequest request, StringBuilder out) {
    View view = fixture.view();
    EtcdError refused = Validation.range(request);
    if (refused == null) {
      refused =
          RangeQuery.refuseRevision(request.getRevision(), view.revision(), view.compactRevision());
    }
    if (refused != null) {
      refusal(refused, out);
      return;
    }
    long revision = request.getRevision() > 0 ? request.getRevision() : view.revision();
    List<KeyValue> found = new ArrayList<>();
    try (Snapshot snapshot = fixture.engine.snapshot()) {
      RangeResult result =
          RangeQuery.of(request)
              .run(snapshot, revision, encoded -> found.add(KeyValueCodec.parse(encoded)));
      out.append("count=").append(result.count()).append(result.more() ? " more" : "");
      out.append('\n');
    }
    found.forEach(kv -> out.append("  ").append(shown(kv)).append('\n'));
  }

  private void members(StringBuilder out) {
    View view = fixture.view();
    for (Member member : view.members().list()) {
      out.append("member ").append(shown(member)).append('\n');
    }
    out.append("voters ").append(view.membership().voters());
    out.append(" learners ").append(view.membership().learners()).append('\n');
  }

  private static String shown(Member member) {
    return member.getID()
        + (member.getName().isEmpty() ? "" : " " + member.getName())
        + " "
        + member.getPeerURLsList()
        + (member.getClientURLsCount() == 0 ? "" : " " + member.getClientURLsList())
        + (member.getIsLearner() ? " learner" : "");
  }

  private static String shown(List<Member> members) {
    StringBuilder out = new StringBuilder();
    members.forEach(member -> out.append("\n  ").append(shown(member)));
    return out.toString();
  }

  private void leases(StringBuilder out) {
    var cursor = fixture.view().leases().cursor();
    try (Snapshot snapshot = fixture.engine.snapshot()) {
      while (cursor.next()) {
        Lease lease = cursor.value();
        out.append(lease.id()).append(" ttl=").append(lease.ttlSeconds());
        out.append(" remaining=").append(lease.effectiveSeconds()).append(" keys=");
        List<String> keys = new ArrayList<>();
        LeaseRows.attachedKeys(snapshot, lease.id()).forEach(key -> keys.add(text(key)));
        out.append(keys).append('\n');
      }
      try (TableCursor rows = snapshot.tableScan(Table.LEASE, new byte[0], null)) {
        int count = 0;
        while (rows.next()) {
          count++;
        }
        if (count != fixture.view().leases().size()) {
          out.append("rows differ from the table: ").append(count).append('\n');
        }
      }
    }
  }

  private static void refusal(EtcdError error, StringBuilder out) {
    out.append(error.code()).append(' ').append(error.text()).append('\n');
  }

  private static String shown(@Nullable MessageLite response) {
    if (response instanceof PutResponse put) {
      return header(put.getHeader().getRevision())
          + (put.hasPrevKv() ? " prev " + shown(put.getPrevKv()) : "");
    } else if (response instanceof DeleteRangeResponse delete) {
      StringBuilder out = new StringBuilder(header(delete.getHeader().getRevision()));
      out.append(" deleted=").append(delete.getDeleted());
      delete.getPrevKvsList().forEach(kv -> out.append(" prev ").append(shown(kv)));
      return out.toString();
    } else if (response instanceof RangeResponse range) {
      StringBuilder out = new StringBuilder(header(range.getHeader().getRevision()));
      out.append(" count=").append(range.getCount()).append(range.getMore() ? " more" : "");
      range.getKvsList().forEach(kv -> out.append(' ').append(shown(kv)));
      return out.toString();
    } else if (response instanceof TxnResponse txn) {
      StringBuilder out = new StringBuilder(txn.getSucceeded() ? " then" : " else");
      for (ResponseOp op : txn.getResponsesList()) {
        out.append("\n  ").append(op(op).replace("\n", "\n  "));
      }
      return out.toString();
    } else if (response instanceof LeaseGrantResponse grant) {
      return " id=" + grant.getID() + " ttl=" + grant.getTTL();
    } else if (response instanceof AlarmResponse alarm) {
      StringBuilder out = new StringBuilder();
      alarm
          .getAlarmsList()
          .forEach(a -> out.append(' ').append(a.getAlarm()).append('@').append(a.getMemberID()));
      return out.toString();
    } else if (response instanceof MemberAddResponse add) {
      return " added " + add.getMember().getID() + shown(add.getMembersList());
    } else if (response instanceof MemberRemoveResponse remove) {
      return shown(remove.getMembersList());
    } else if (response instanceof MemberUpdateResponse update) {
      return shown(update.getMembersList());
    } else if (response instanceof MemberPromoteResponse promote) {
      return shown(promote.getMembersList());
    }
    return "";
  }

  private static String op(ResponseOp op) {
    return switch (op.getResponseCase()) {
      case RESPONSE_RANGE -> "range" + shown(op.getResponseRange());
      case RESPONSE_PUT -> "put" + shown(op.getResponsePut());
      case RESPONSE_DELETE_RANGE -> "delete" + shown(op.getResponseDeleteRange());
      case RESPONSE_TXN -> "txn" + shown(op.getResponseTxn());
      case RESPONSE_NOT_SET -> "nothing";
    };
  }

  private static String header(long revision) {
    return revision == 0 ? "" : " @" + revision;
  }

  private static String shown(KeyValue kv) {
    String lease = kv.getLease() == 0 ? "" : ",lease=" + kv.getLease();
    return text(kv.getKey().toByteArray())
        + "="
        + text(kv.getValue().toByteArray())
        + "["
        + kv.getCreateRevision()
        + ","
        + kv.getModRevision()
        + ","
        + kv.getVersion()
        + lease
        + "]";
  }

  static String text(byte[] bytes) {
    StringBuilder out = new StringBuilder();
    for (char c : new String(bytes, StandardCharsets.ISO_8859_1).toCharArray()) {
      out.append(c > ' ' && c < 0x7f ? String.valueOf(c) : "\\x" + hex(c));
    }
    return out.toString();
  }

  private static String hex(char c) {
    return HexFormat.of().toHexDigits((byte) c);
  }
}
