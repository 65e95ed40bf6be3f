package io.mooring.machine;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.Compare.CompareResult;
import io.mooring.api.etcdserverpb.Compare.CompareTarget;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.LeaseCheckpoint;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.AddMember;
import io.mooring.api.internalpb.CheckState;
import io.mooring.api.internalpb.CheckpointLeases;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.ExpireLeases;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.internalpb.PromoteMember;
import io.mooring.api.internalpb.PublishMember;
import io.mooring.api.internalpb.RemoveMember;
import io.mooring.api.internalpb.UpdateMember;
import io.mooring.machine.hash.StateHash;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Requests as one line of text. Keys: {@code a} one key, {@code a..c} a range, {@code a..} up to
 * the end, {@code ..} all; {@code \xff} a byte, {@code ""} nothing.
 *
 * <pre>
 * put KEY VALUE [lease=N] [prev] [ignore_value] [ignore_lease]
 * range KEYS [rev=N] [limit=N] [sort=ASCEND:MOD] [keys] [count] [minmod=N] [maxcreate=N] ...
 * delete KEYS [prev]
 * txn [if TARGET KEYS OP OPERAND [and ...]] then { REQUEST ; ... } [else { REQUEST ; ... }]
 * compact N | grant ID TTL | revoke ID | expire TERM ID... | checkpoint TERM ID=N...
 * alarm get|activate|deactivate TYPE MEMBER | publish ID NAME URL
 * found ID=URL... | refound ID=URL... | add ID URL[,URL] [learner=MAX] | remove ID
 * update ID URL[,URL] | promote ID | check INDEX HASH
 * </pre>
 */
final class ScriptParser {

  private final Deque<String> tokens;

  private ScriptParser(String line) {
    tokens = new ArrayDeque<>(List.of(line.trim().split("\\s+")));
  }

  static RangeRequest range(String line) {
    ScriptParser parser = new ScriptParser(line);
    parser.expect("range");
    return parser.range();
  }

  static Command command(String line) {
    return new ScriptParser(line).command();
  }

  static TxnRequest txn(String line) {
    return command(line).getTxn();
  }

  private Command command() {
    Command.Builder command = Command.newBuilder();
    String verb = tokens.pop();
    switch (verb) {
      case "put" -> command.setPut(put());
      case "delete" -> command.setDeleteRange(delete());
      case "txn" -> command.setTxn(txn());
      case "compact" -> command.setCompaction(CompactionRequest.newBuilder().setRevision(number()));
      case "grant" ->
          command.setLeaseGrant(LeaseGrantRequest.newBuilder().setID(number()).setTTL(number()));
      case "revoke" -> command.setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(number()));
      case "expire" -> {
        ExpireLeases.Builder expire = ExpireLeases.newBuilder().setTerm(number()).setAsOf(asOf());
        while (!tokens.isEmpty()) {
          expire.addIds(number());
        }
        command.setExpireLeases(expire);
      }
      case "checkpoint" -> command.setCheckpointLeases(checkpoint());
      case "alarm" ->
          command.setAlarm(
              AlarmRequest.newBuilder()
                  .setAction(
                      AlarmRequest.AlarmAction.valueOf(tokens.pop().toUpperCase(Locale.ROOT)))
                  .setAlarm(AlarmType.valueOf(tokens.pop().toUpperCase(Locale.ROOT)))
                  .setMemberID(number()));
      case "publish" ->
          command.setPublishMember(
              PublishMember.newBuilder()
                  .setId(number())
                  .setName(tokens.pop())
                  .addClientUrls(tokens.pop()));
      case "found" -> command.setFoundCluster(founders().setForce(false));
      case "refound" -> command.setFoundCluster(founders().setForce(true));
      case "add" -> command.setAddMember(add());
      case "remove" -> command.setRemoveMember(RemoveMember.newBuilder().setId(number()));
      case "update" ->
          command.setUpdateMember(
              UpdateMember.newBuilder().setId(number()).addAllPeerUrls(urls(tokens.pop())));
      case "promote" -> command.setPromoteMember(PromoteMember.newBuilder().setId(number()));
      case "check" ->
          command.setCheckState(
              CheckState.newBuilder()
                  .setMember(1)
                  .setIndex(number())
                  .setHash(Long.parseUnsignedLong(tokens.pop(), 16))
                  .setConstruction(StateHash.CONSTRUCTION));
      default -> throw new IllegalArgumentException(verb);
    }
    if (!tokens.isEmpty()) {
      throw new IllegalArgumentException("left over: " + tokens);
    }
    return command.build();
  }

  private FoundCluster.Builder founders() {
    FoundCluster.Builder found = FoundCluster.newBuilder();
    while (!tokens.isEmpty()) {
      String[] pair = tokens.pop().split("=");
      found.addMembers(
          Member.newBuilder().setID(Long.parseLong(pair[0])).addAllPeerURLs(urls(pair[1])));
    }
    return found;
  }

  private AddMember add() {
    AddMember.Builder add =
        AddMember.newBuilder().setId(number()).addAllPeerUrls(urls(tokens.pop()));
    if (!tokens.isEmpty()) {
      add.setLearner(true).setMaxLearners((int) argument(tokens.pop()));
    }
    return add.build();
  }

  private static List<String> urls(String text) {
    return List.of(text.split(","));
  }

  /** {@code as-of=INDEX}, where it is of interest. */
  private long asOf() {
    String next = tokens.peek();
    return next != null && name(next).equals("as-of") ? argument(tokens.pop()) : Long.MAX_VALUE;
  }

  private CheckpointLeases checkpoint() {
    CheckpointLeases.Builder checkpoint =
        CheckpointLeases.newBuilder().setTerm(number()).setAsOf(asOf());
    while (!tokens.isEmpty()) {
      String[] pair = tokens.pop().split("=");
      checkpoint.addCheckpoints(
          LeaseCheckpoint.newBuilder()
              .setID(Long.parseLong(pair[0]))
              .setRemainingTTL(Long.parseLong(pair[1])));
    }
    return checkpoint.build();
  }

  private PutRequest put() {
    PutRequest.Builder put = PutRequest.newBuilder().setKey(bytes(tokens.pop()));
    if (!atEnd()) {
      put.setValue(bytes(tokens.pop()));
    }
    while (!atEnd()) {
      String option = tokens.pop();
      switch (name(option)) {
        case "lease" -> put.setLease(argument(option));
        case "prev" -> put.setPrevKv(true);
        case "ignore_value" -> put.setIgnoreValue(true);
        case "ignore_lease" -> put.setIgnoreLease(true);
        default -> throw new IllegalArgumentException(option);
      }
    }
    return put.build();
  }

  private DeleteRangeRequest delete() {
    String keys = tokens.pop();
    DeleteRangeRequest.Builder delete =
        DeleteRangeRequest.newBuilder().setKey(from(keys)).setRangeEnd(to(keys));
    while (!atEnd()) {
      expect("prev");
      delete.setPrevKv(true);
    }
    return delete.build();
  }

  private RangeRequest range() {
    String keys = tokens.pop();
    RangeRequest.Builder range = RangeRequest.newBuilder().setKey(from(keys)).setRangeEnd(to(keys));
    while (!atEnd()) {
      String option = tokens.pop();
      switch (name(option)) {
        case "rev" -> range.setRevision(argument(option));
        case "limit" -> range.setLimit(argument(option));
        case "keys" -> range.setKeysOnly(true);
        case "count" -> range.setCountOnly(true);
        case "serializable" -> range.setSerializable(true);
        case "minmod" -> range.setMinModRevision(argument(option));
        case "maxmod" -> range.setMaxModRevision(argument(option));
        case "mincreate" -> range.setMinCreateRevision(argument(option));
        case "maxcreate" -> range.setMaxCreateRevision(argument(option));
        case "sort" -> {
          String[] sort = option.substring(5).split(":");
          range.setSortOrder(RangeRequest.SortOrder.valueOf(sort[0]));
          range.setSortTarget(RangeRequest.SortTarget.valueOf(sort[1]));
        }
        default -> throw new IllegalArgumentException(option);
      }
    }
    return range.build();
  }

  private TxnRequest txn() {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    if (tokens.peek().equals("if")) {
      do {
        tokens.pop();
        txn.addCompare(compare());
      } while (tokens.peek().equals("and"));
    }
    expect("then");
    txn.addAllSuccess(ops());
    if ("else".equals(tokens.peek())) {
      tokens.pop();
      txn.addAllFailure(ops());
    }
    return txn.build();
  }

  private List<RequestOp> ops() {
    TxnRequest.Builder ops = TxnRequest.newBuilder();
    expect("{");
    while (!tokens.peek().equals("}")) {
      RequestOp.Builder op = ops.addSuccessBuilder();
      String verb = tokens.pop();
      switch (verb) {
        case "put" -> op.setRequestPut(put());
        case "range" -> op.setRequestRange(range());
        case "delete" -> op.setRequestDeleteRange(delete());
        case "txn" -> op.setRequestTxn(txn());
        case "nothing" -> {}
        default -> throw new IllegalArgumentException(verb);
      }
      if (tokens.peek().equals(";")) {
        tokens.pop();
      }
    }
    expect("}");
    return ops.getSuccessList();
  }

  private Compare compare() {
    Compare.Builder compare = Compare.newBuilder();
    CompareTarget target = CompareTarget.valueOf(tokens.pop().toUpperCase(Locale.ROOT));
    String keys = tokens.pop();
    compare.setTarget(target).setKey(from(keys)).setRangeEnd(to(keys));
    String operator = tokens.pop();
    compare.setResult(
        switch (operator) {
          case "=" -> CompareResult.EQUAL;
          case "!=" -> CompareResult.NOT_EQUAL;
          case ">" -> CompareResult.GREATER;
          case "<" -> CompareResult.LESS;
          default -> throw new IllegalArgumentException(operator);
        });
    String operand = tokens.pop();
    switch (target) {
      case VERSION -> compare.setVersion(Long.parseLong(operand));
      case CREATE -> compare.setCreateRevision(Long.parseLong(operand));
      case MOD -> compare.setModRevision(Long.parseLong(operand));
      case LEASE -> compare.setLease(Long.parseLong(operand));
      case VALUE -> compare.setValue(bytes(operand));
      case UNRECOGNIZED -> throw new IllegalArgumentException(operand);
    }
    return compare.build();
  }

  private boolean atEnd() {
    String next = tokens.peek();
    return next == null || next.equals(";") || next.equals("}");
  }

  private void expect(String token) {
    String found = tokens.pop();
    if (!found.equals(token)) {
      throw new IllegalArgumentException("expected " + token + ", found " + found);
    }
  }

  private long number() {
    return Long.parseLong(tokens.pop());
  }

  private static String name(String option) {
    int equals = option.indexOf('=');
    return equals < 0 ? option : option.substring(0, equals);
  }

  private static long argument(String option) {
    return Long.parseLong(option.substring(option.indexOf('=') + 1));
  }

  private static ByteString from(String keys) {
    int dots = keys.indexOf("..");
    if (dots < 0) {
      return bytes(keys);
    }
    return dots == 0 ? bytes("\\x00") : bytes(keys.substring(0, dots));
  }

  private static ByteString to(String keys) {
    int dots = keys.indexOf("..");
    if (dots < 0) {
      return ByteString.EMPTY;
    }
    return dots + 2 == keys.length() ? bytes("\\x00") : bytes(keys.substring(dots + 2));
  }

  private static ByteString bytes(String text) {
    if (text.equals("\"\"")) {
      return ByteString.EMPTY;
    }
    ByteString.Output out = ByteString.newOutput();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\\x", i)) {
        out.write(Integer.parseInt(text.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        out.write(text.charAt(i));
      }
    }
    return out.toByteString();
  }
}
