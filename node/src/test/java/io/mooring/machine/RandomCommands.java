package io.mooring.machine;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.Compare.CompareResult;
import io.mooring.api.etcdserverpb.Compare.CompareTarget;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.ExpireLeases;
import java.util.SplittableRandom;

/** Random requests over few keys, values and leases, so that they meet each other often. */
final class RandomCommands {

  private static final String[] KEYS = {
    "a", "b", "c", "d", "ab", "a\0", "a\0b", "\0", "\u00ff", "\u00ff\u00ff", "b\u00ff", "longer-key"
  };
  private static final String[] ENDS = {"", "\0", "b", "c", "a\0", "ab", "\u00ff", "z", "a"};

  private final SplittableRandom random;

  /** Where the store is, so that revisions asked for lie about it. */
  long revision = 1;

  RandomCommands(long seed) {
    random = new SplittableRandom(seed);
  }

  SplittableRandom random() {
    return random;
  }

  /** Not always valid: the caller asks the validation. */
  Command command(long term) {
    Command.Builder command = Command.newBuilder();
    int kind = random.nextInt(100);
    if (kind < 35) {
      command.setPut(put());
    } else if (kind < 50) {
      command.setDeleteRange(delete());
    } else if (kind < 80) {
      command.setTxn(txn(0));
    } else if (kind < 84) {
      command.setCompaction(CompactionRequest.newBuilder().setRevision(aRevision()));
    } else if (kind < 92) {
      command.setLeaseGrant(
          LeaseGrantRequest.newBuilder().setID(leaseId()).setTTL(1 + random.nextInt(100)));
    } else if (kind < 97) {
      command.setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(leaseId()));
    } else {
      ExpireLeases.Builder expire = ExpireLeases.newBuilder().setTerm(term).setAsOf(Long.MAX_VALUE);
      for (int i = random.nextInt(4); i >= 0; i--) {
        expire.addIds(leaseId());
      }
      command.setExpireLeases(expire);
    }
    return command.build();
  }

  RangeRequest range() {
    RangeRequest.Builder range = RangeRequest.newBuilder().setKey(key()).setRangeEnd(end());
    if (once(3)) {
      range.setLimit(random.nextInt(-1, 6));
    }
    if (once(4)) {
      range.setRevision(aRevision());
    }
    if (once(3)) {
      range.setSortOrderValue(random.nextInt(3)).setSortTargetValue(random.nextInt(5));
    }
    range.setKeysOnly(once(5)).setCountOnly(once(8)).setSerializable(once(2));
    if (once(6)) {
      range.setMinModRevision(aRevision());
    }
    if (once(6)) {
      range.setMaxModRevision(aRevision());
    }
    if (once(8)) {
      range.setMinCreateRevision(aRevision());
    }
    if (once(8)) {
      range.setMaxCreateRevision(aRevision());
    }
    return range.build();
  }

  TxnRequest txn(int depth) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addSuccess(op(depth));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addFailure(op(depth));
    }
    return txn.build();
  }

  private RequestOp op(int depth) {
    RequestOp.Builder op = RequestOp.newBuilder();
    int kind = random.nextInt(depth < 3 ? 10 : 8);
    if (kind < 4) {
      op.setRequestPut(put());
    } else if (kind < 6) {
      op.setRequestRange(range());
    } else if (kind < 8) {
      op.setRequestDeleteRange(delete());
    } else {
      op.setRequestTxn(txn(depth + 1));
    }
    return op.build();
  }

  private PutRequest put() {
    PutRequest.Builder put = PutRequest.newBuilder().setKey(key()).setPrevKv(once(3));
    if (once(5)) {
      put.setIgnoreValue(true);
    } else {
      put.setValue(value());
    }
    if (once(5)) {
      put.setIgnoreLease(true);
    } else if (once(3)) {
      put.setLease(leaseId());
    }
    return put.build();
  }

  private DeleteRangeRequest delete() {
    return DeleteRangeRequest.newBuilder()
        .setKey(key())
        .setRangeEnd(once(3) ? end() : ByteString.EMPTY)
        .setPrevKv(once(2))
        .build();
  }

  private Compare compare() {
    Compare.Builder compare =
        Compare.newBuilder()
            .setKey(key())
            .setRangeEnd(once(4) ? end() : ByteString.EMPTY)
            .setResultValue(once(20) ? 9 : random.nextInt(CompareResult.values().length - 1))
            .setTargetValue(once(20) ? 9 : random.nextInt(CompareTarget.values().length - 1));
    switch (random.nextInt(5)) {
      case 0 -> compare.setVersion(random.nextInt(4));
      case 1 -> compare.setCreateRevision(once(2) ? 0 : aRevision());
      case 2 -> compare.setModRevision(once(2) ? 0 : aRevision());
      case 3 -> compare.setValue(value());
      default -> compare.setLease(leaseId());
    }
    return compare.build();
  }

  private ByteString key() {
    return bytes(KEYS[random.nextInt(KEYS.length)]);
  }

  private ByteString end() {
    return bytes(ENDS[random.nextInt(ENDS.length)]);
  }

  private ByteString value() {
    return random.nextInt(12) == 0
        ? ByteString.copyFrom(new byte[200])
        : bytes(String.valueOf(random.nextInt(5)).repeat(random.nextInt(3)));
  }

  /** About where the store is: mostly readable, now and then compacted, future or odd. */
  private long aRevision() {
    return once(10)
        ? random.nextInt(-2, 2)
        : Math.max(0, revision - 10) + random.nextInt(once(10) ? 15 : 10);
  }

  private long leaseId() {
    return random.nextInt(6) - 1L == 0 ? 77 : random.nextInt(1, 5);
  }

  private boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  private static ByteString bytes(String latin1) {
    return ByteString.copyFrom(latin1, java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
