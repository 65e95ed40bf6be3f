package io.mooring.it;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.it.RawClient.Reply;
import io.mooring.it.Write.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * One of several writers of a crash test: random requests, one at a time, until the server is gone.
 * Each writer has keys of its own, so it knows what each of its requests must do.
 */
final class CrashWriter implements Callable<CrashWriter.Report> {

  /** Codes that leave open whether a request has happened (P7). */
  private static final Set<io.grpc.Status.Code> OPEN =
      Set.of(
          io.grpc.Status.Code.UNAVAILABLE,
          io.grpc.Status.Code.DEADLINE_EXCEEDED,
          io.grpc.Status.Code.CANCELLED,
          io.grpc.Status.Code.INTERNAL,
          io.grpc.Status.Code.UNKNOWN);

  private static final long LEASE_TTL_SECONDS = 3_600;
  private static final int WARM_REQUESTS = 5;
  private static final int BULK_KEYS = 4;
  private static final int BULK_BYTES = 200_000;

  private final RawClient client;
  private final Random random;
  private final String name;
  private final int round;
  private final boolean bulk;
  private final List<Write> acknowledged = new ArrayList<>();
  private final List<Write> unknown = new ArrayList<>();
  private final List<Long> granted = new ArrayList<>();
  private final List<Long> perhapsGranted = new ArrayList<>();
  private final List<Write> present = new ArrayList<>();
  private final Runnable atWork;
  private @Nullable ByteString appended;
  private long leaseId;
  private long highest;
  private int count;

  /**
   * What a writer knows in the end.
   *
   * @param unknown at most one: it stops there
   * @param perhapsGranted leases whose grant was not answered
   */
  record Report(
      List<Write> acknowledged,
      List<Write> unknown,
      List<Long> granted,
      List<Long> perhapsGranted) {}

  /**
   * Prepares a writer.
   *
   * @param bulk whether it writes large values, so that logs and snapshots turn over
   * @param appended the present value of {@link #appendKey}, null when there is none
   * @param atWork run once a few requests have been answered, or none will be
   */
  CrashWriter(
      RawClient client,
      long seed,
      int number,
      int round,
      boolean bulk,
      @Nullable ByteString appended,
      Runnable atWork) {
    this.client = client;
    this.random = new Random(seed);
    this.name = "w" + number;
    this.round = round;
    this.bulk = bulk;
    this.appended = appended;
    this.atWork = atWork;
  }

  /** The key that a writer goes on appending to, round after round. */
  static ByteString appendKey(int number) {
    return ByteString.copyFromUtf8("append/w" + number);
  }

  /** Start of all keys that the writers of a round make once. */
  static String prefix(int round) {
    return "once/%05d/".formatted(round);
  }

  @Override
  public Report call() {
    try {
      while (unknown.isEmpty() && perhapsGranted.isEmpty() && !step()) {
        if (++count == WARM_REQUESTS) {
          atWork.run();
        }
      }
    } finally {
      if (count < WARM_REQUESTS) {
        atWork.run();
      }
    }
    return new Report(acknowledged, unknown, granted, perhapsGranted);
  }

  /** Does one request; true when the server was found gone by one that writes nothing. */
  private boolean step() {
    int dice = random.nextInt(20);
    if (bulk && dice < 10) {
      byte[] large = new byte[BULK_BYTES];
      random.nextBytes(large);
      putOnce(text("bulk/" + name + "/" + count % BULK_KEYS), ByteString.copyFrom(large), 0);
    } else if (dice < 10) {
      putOnce(text(prefix(round) + name + "/" + count), value(), 0);
    } else if (dice < 13) {
      putOnce(text(prefix(round) + name + "/" + count), value(), leaseId);
    } else if (dice < 16) {
      append();
    } else if (dice < 17) {
      pair();
    } else if (dice < 18) {
      delete();
    } else if (dice < 19 && leaseId != 0) {
      return read();
    } else {
      grant();
    }
    return false;
  }

  private static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private ByteString value() {
    return text(name + "." + round + "." + count);
  }

  private void putOnce(ByteString key, ByteString value, long lease) {
    PutRequest put = PutRequest.newBuilder().setKey(key).setValue(value).setLease(lease).build();
    Write write = new Write(List.of(new Change(key, value, lease)), 0);
    PutResponse reply =
        answer(client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance()), write);
    if (reply != null) {
      present.add(acknowledge(write, reply.getHeader()));
    }
  }

  /** Only the value that is known to be there is replaced: a lost or doubled append would show. */
  private void append() {
    ByteString key = text("append/" + name);
    ByteString before = appended;
    int digest = before == null ? 0 : before.hashCode();
    ByteString next = text(value().toStringUtf8() + "<" + Integer.toHexString(digest));
    Compare.Builder compare =
        Compare.newBuilder().setKey(key).setResult(Compare.CompareResult.EQUAL);
    if (before == null) {
      compare.setTarget(Compare.CompareTarget.VERSION).setVersion(0);
    } else {
      compare.setTarget(Compare.CompareTarget.VALUE).setValue(before);
    }
    TxnRequest txn = TxnRequest.newBuilder().addCompare(compare).addSuccess(put(key, next)).build();
    if (transaction(txn, List.of(Write.put(key, next)))) {
      appended = next;
    }
  }

  /** Two keys in one transaction. */
  private void pair() {
    ByteString one = text("pair/" + name + "/1");
    ByteString two = text("pair/" + name + "/2");
    ByteString value = value();
    TxnRequest txn =
        TxnRequest.newBuilder().addSuccess(put(one, value)).addSuccess(put(two, value)).build();
    transaction(txn, List.of(Write.put(one, value), Write.put(two, value)));
  }

  private static RequestOp put(ByteString key, ByteString value) {
    return RequestOp.newBuilder()
        .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(value))
        .build();
  }

  private boolean transaction(TxnRequest txn, List<Change> changes) {
    Write write = new Write(changes, 0);
    TxnResponse reply =
        answer(client.call("etcdserverpb.KV/Txn", txn, TxnResponse.getDefaultInstance()), write);
    if (reply == null) {
      return false;
    }
    if (!reply.getSucceeded()) {
      throw new AssertionError(name + ": not there what was written before: " + txn);
    }
    acknowledge(write, reply.getHeader());
    return true;
  }

  private void delete() {
    if (present.isEmpty() || bulk) {
      return;
    }
    ByteString key = present.remove(random.nextInt(present.size())).changes().get(0).key();
    DeleteRangeRequest request = DeleteRangeRequest.newBuilder().setKey(key).build();
    Write write = new Write(List.of(Write.delete(key)), 0);
    DeleteRangeResponse reply =
        answer(
            client.call(
                "etcdserverpb.KV/DeleteRange", request, DeleteRangeResponse.getDefaultInstance()),
            write);
    if (reply != null) {
      if (reply.getDeleted() != 1) {
        throw new AssertionError(name + ": lost before the kill: " + key.toStringUtf8());
      }
      acknowledge(write, reply.getHeader());
    }
  }

  /** Reads the last key that it put once. */
  private boolean read() {
    if (present.isEmpty()) {
      return false;
    }
    Change last = present.get(present.size() - 1).changes().get(0);
    Reply<RangeResponse> reply =
        client.call(
            "etcdserverpb.KV/Range",
            RangeRequest.newBuilder().setKey(last.key()).build(),
            RangeResponse.getDefaultInstance());
    if (!reply.ok()) {
      requireOpen(reply);
      return true;
    }
    RangeResponse range = reply.value();
    if (range.getHeader().getRevision() < highest
        || range.getCount() != 1
        || !range.getKvs(0).getValue().equals(last.value())) {
      throw new AssertionError("P3 " + name + ": stale read of " + last + ": " + range);
    }
    return false;
  }

  private void grant() {
    long id = random.nextLong(1, Long.MAX_VALUE);
    Reply<LeaseGrantResponse> reply =
        client.call(
            "etcdserverpb.Lease/LeaseGrant",
            LeaseGrantRequest.newBuilder().setID(id).setTTL(LEASE_TTL_SECONDS).build(),
            LeaseGrantResponse.getDefaultInstance());
    if (reply.ok()) {
      granted.add(id);
      leaseId = id;
    } else {
      requireOpen(reply);
      perhapsGranted.add(id);
    }
  }

  private <R extends com.google.protobuf.Message> @Nullable R answer(Reply<R> reply, Write write) {
    if (reply.ok()) {
      return reply.value();
    }
    requireOpen(reply);
    unknown.add(write);
    return null;
  }

  private Write acknowledge(Write write, ResponseHeader header) {
    if (header.getRevision() <= highest) {
      throw new AssertionError("P2 " + name + ": revision " + header + " after " + highest);
    }
    highest = header.getRevision();
    Write answered = write.at(highest);
    acknowledged.add(answered);
    return answered;
  }

  private void requireOpen(Reply<?> reply) {
    if (!OPEN.contains(reply.status().getCode())) {
      throw new AssertionError(name + ": refused: " + reply.status());
    }
  }
}
