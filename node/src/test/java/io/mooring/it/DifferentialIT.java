package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesResponse;
import io.mooring.api.etcdserverpb.LeaseStatus;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.testing.Covers;
import io.mooring.it.RandomCalls.Call;
import io.mooring.it.RawClient.Reply;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same random calls to real etcd and to Mooring on each engine, answers compared field by field
 * but for ids and terms. Run longer by {@code -Ddifferential.calls=…}, again by {@code
 * -Ddifferential.seed=…}.
 */
class DifferentialIT {

  private static final int CALLS = Integer.getInteger("differential.calls", 2_000);
  private static final int WATCHES_PER_STREAM = 40;
  private static final int ATTEMPTS = 6;
  private static final String STATUS = "etcdserverpb.Maintenance/Status";
  private static final Empty NOTHING = Empty.getDefaultInstance();
  private static final Duration WATCH_LIMIT = Duration.ofSeconds(20);

  @TempDir Path temp;

  private final Deque<String> recent = new ArrayDeque<>();

  static java.util.stream.Stream<String> engines() {
    return TestNode.engines();
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Covers({"P2", "P8", "P10", "P11", "P15", "P16", "S15", "M1", "M2", "M3", "M4"})
  void answersLikeEtcd(String engine, TestReporter reporter) {
    long seed = Long.getLong("differential.seed", new SecureRandom().nextLong());
    for (int attempt = 1; !answersLikeEtcd(engine, seed, reporter); attempt++, seed++) {
      assumeThat(attempt).as("etcd itself ended, not Mooring; attempts").isLessThan(ATTEMPTS);
    }
  }

  /** False: etcd 3.4 has met a fault of its own and ended; what it would have said is unknown. */
  private boolean answersLikeEtcd(String engine, long seed, TestReporter reporter) {
    String about = "engine " + engine + ", -Ddifferential.seed=" + seed;
    try (ServerProcess etcd = ServerProcess.etcd(temp.resolve("etcd" + seed));
        TestNode mooring = TestNode.start(temp.resolve("mooring" + seed), engine);
        RawClient theirs = new RawClient(etcd.clientPort());
        RawClient ours = new RawClient(mooring.clientPort())) {
      try {
        run(about, new RandomCalls(seed), theirs, ours);
        return true;
      } catch (AssertionError different) {
        if (theirs.call(STATUS, StatusRequest.getDefaultInstance(), NOTHING).ok()) {
          throw different;
        }
        reporter.publishEntry("etcd ended, " + about, history() + etcd.output());
        // What ended etcd must not have ended Mooring.
        assertThat(ours.call(STATUS, StatusRequest.getDefaultInstance(), NOTHING).ok())
            .as(about)
            .isTrue();
        return false;
      }
    }
  }

  private void run(String about, RandomCalls calls, RawClient theirs, RawClient ours) {
    WatchTape theirTape = new WatchTape(theirs);
    WatchTape ourTape = new WatchTape(ours);
    int watches = 0;
    boolean watchIsNew = false;
    for (int i = 0; i < CALLS; i++) {
      Call call = calls.next();
      if (call.request() instanceof CompactionRequest && watchIsNew) {
        letEtcdCatchUp();
        watchIsNew = false;
      }
      note(i + " " + call.path() + " " + TextFormat.shortDebugString(call.request()));
      Reply<Message> theirReply = theirs.call(call.path(), call.request(), call.reply());
      Reply<Message> ourReply = ours.call(call.path(), call.request(), call.reply());
      compare(about, call, theirReply, ourReply);
      if (theirReply.ok()) {
        calls.seen(header(theirReply.value()).getRevision());
      }
      if (i % 25 == 12 && watches < WATCHES_PER_STREAM) {
        WatchCreateRequest create = watch(calls, ++watches);
        note(i + " watch " + TextFormat.shortDebugString(create));
        theirTape.create(create);
        ourTape.create(create);
        watchIsNew = true;
        settle(about, theirTape, ourTape);
      }
      if (i % 25 == 24 && watches > 0) {
        settle(about, theirTape, ourTape);
        long id = 1 + calls.nextInt(watches);
        if (theirTape.knows(id) && !theirTape.canceled(id)) { // not known: rejected
          note(i + " cancel watch " + id);
          theirTape.cancel(id);
          ourTape.cancel(id);
          awaitCanceled(about, id, theirTape, ourTape);
        }
      }
      if (watches == WATCHES_PER_STREAM) {
        settle(about, theirTape, ourTape);
        theirTape.close();
        ourTape.close();
        theirTape = new WatchTape(theirs);
        ourTape = new WatchTape(ours);
        watches = 0;
      }
    }
    settle(about, theirTape, ourTape);
  }

  /** Waits until both have said the same; what they say depends on nothing but the calls so far. */
  private void settle(String about, WatchTape theirTape, WatchTape ourTape) {
    try {
      Awaitility.await()
          .atMost(WATCH_LIMIT)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> different(theirTape.lines(), ourTape.lines()).isEmpty());
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      Map<Long, List<String>> theirs = theirTape.lines();
      Map<Long, List<String>> ours = ourTape.lines();
      for (long watchId : different(theirs, ours)) {
        assertThat(ours.get(watchId))
            .as(() -> about + ", watch " + watchId + history())
            .isEqualTo(theirs.get(watchId));
      }
    }
  }

  /** A write that overtakes the cancel would still be seen by one watch and not by the other. */
  private void awaitCanceled(String about, long id, WatchTape theirTape, WatchTape ourTape) {
    Awaitility.await(about + ", cancel of watch " + id)
        .atMost(WATCH_LIMIT)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> theirTape.canceled(id) && ourTape.canceled(id));
  }

  /** etcd looks at watches of the past every 100 ms; one compacted before that is canceled. */
  private static void letEtcdCatchUp() {
    Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
  }

  private static List<Long> different(
      Map<Long, List<String>> theirs, Map<Long, List<String>> ours) {
    Set<Long> ids = new TreeSet<>(theirs.keySet());
    ids.addAll(ours.keySet());
    ids.removeIf(
        id ->
            AcceptedDifferences.sameTape(
                theirs.getOrDefault(id, List.of()), ours.getOrDefault(id, List.of())));
    return List.copyOf(ids);
  }

  private static WatchCreateRequest watch(RandomCalls calls, int id) {
    WatchCreateRequest.Builder create =
        WatchCreateRequest.newBuilder().setWatchId(id).setKey(calls.key());
    create.setRangeEnd(calls.end(create.getKey()));
    create.setPrevKv(calls.chance(40));
    create.setFragment(calls.chance(20));
    if (calls.chance(60)) {
      create.setStartRevision(Math.max(0, calls.revision()));
    }
    if (calls.chance(20)) {
      create.addFiltersValue(calls.nextInt(2));
    }
    return create.build();
  }

  private void compare(String about, Call call, Reply<Message> theirs, Reply<Message> ours) {
    assertThat(ours.status().getCode() + " " + ours.status().getDescription())
        .as(() -> about + history())
        .isEqualTo(theirs.status().getCode() + " " + theirs.status().getDescription());
    if (theirs.ok()) {
      Message expected = AcceptedDifferences.asOf37(call.request(), theirs.value());
      assertThat(text(ours.value())).as(() -> about + history()).isEqualTo(text(expected));
    }
  }

  private static String text(Message reply) {
    Message comparable = RawClient.comparable(reply);
    if (comparable instanceof LeaseTimeToLiveResponse ttl && ttl.getTTL() > 0) {
      // Seconds may pass between the two calls, and etcd gives the keys of a lease in no order.
      List<ByteString> keys =
          ttl.getKeysList().stream()
              .sorted(ByteString.unsignedLexicographicalComparator())
              .toList();
      comparable = ttl.toBuilder().setTTL(1).clearKeys().addAllKeys(keys).build();
    }
    if (comparable instanceof LeaseLeasesResponse leases) {
      // Both list by time of expiry, and the two servers' clocks differ by the time of a call.
      List<LeaseStatus> byId =
          leases.getLeasesList().stream()
              .sorted(Comparator.comparingLong(LeaseStatus::getID))
              .toList();
      comparable = leases.toBuilder().clearLeases().addAllLeases(byId).build();
    }
    return TextFormat.printer().printToString(comparable);
  }

  private static ResponseHeader header(Message reply) {
    return (ResponseHeader) reply.getField(reply.getDescriptorForType().findFieldByName("header"));
  }

  private void note(String line) {
    recent.add(line);
    if (recent.size() > 30) {
      recent.remove();
    }
  }

  private String history() {
    return "\nlast calls:\n" + String.join("\n", recent) + "\n";
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Covers("B10")
  void longKeysAreKeysOnEveryEngine(String engine) {
    try (TestNode mooring = TestNode.start(temp, engine);
        RawClient client = new RawClient(mooring.clientPort())) {
      for (int length : new int[] {511, 512, 4_096, 1_000_000}) {
        byte[] key = new byte[length];
        java.util.Arrays.fill(key, (byte) 'k');
        PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFrom(key)).build();
        assertThat(
                client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance()).status())
            .as("%d bytes", length)
            .isEqualTo(io.grpc.Status.OK);
      }
    }
  }
}
