package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseLeasesRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesResponse;
import io.mooring.api.etcdserverpb.LeaseStatus;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveRequest;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.mvccpb.Event;
import io.mooring.api.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that was acknowledged, and what a server must therefore hold and tell after a kill.
 * One that was neither acknowledged nor refused may have happened, once, or not at all.
 */
final class CrashLedger {

  private static final ByteString EVERYTHING = ByteString.copyFrom(new byte[1]);

  private final TreeMap<ByteString, KeyValue> present =
      new TreeMap<>(ByteString.unsignedLexicographicalComparator());
  private final Map<Long, Write> acknowledged = new HashMap<>();
  private final List<Write> unknown = new ArrayList<>();
  private final Set<Long> leases = new TreeSet<>();
  private final Set<Long> perhapsLeases = new TreeSet<>();
  private List<Event> seenBefore = List.of();
  private long checkedRevision = 1;
  private long highestRevision = 1;
  private long highestTerm;
  private int checks;
  private long acknowledgedCount;
  private long unknownCount;
  private long unknownAppliedCount;

  /** Takes what writers and a live watch knew when the server was killed. */
  void killed(List<CrashWriter.Report> reports, List<Event> seen) {
    for (CrashWriter.Report report : reports) {
      report.acknowledged().forEach(this::acknowledge);
      unknown.addAll(report.unknown());
      unknownCount += report.unknown().size();
      leases.addAll(report.granted());
      perhapsLeases.addAll(report.perhapsGranted());
    }
    seenBefore = seen;
    if (!seen.isEmpty()) {
      saw(seen.get(seen.size() - 1).getKv().getModRevision());
    }
  }

  /** The present value of a key. */
  @Nullable ByteString valueOf(ByteString key) {
    KeyValue kv = present.get(key);
    return kv == null ? null : kv.getValue();
  }

  long checkedRevision() {
    return checkedRevision;
  }

  /** Writes that were answered, in all rounds. */
  long acknowledgedCount() {
    return acknowledgedCount;
  }

  /** Counts for the record. */
  String summary() {
    return "%d acknowledged, %d of %d unknown ones had happened, %d keys, %d leases, revision %d"
        .formatted(
            acknowledgedCount,
            unknownAppliedCount,
            unknownCount,
            present.size(),
            leases.size(),
            checkedRevision);
  }

  /** Demands of a server that has come back all that it owes. */
  void check(RawClient client) {
    RangeResponse now = range(client, RangeRequest.newBuilder().setKey(EVERYTHING));
    assertThat(now.getHeader().getRevision())
        .as("M7 the revision fell")
        .isGreaterThanOrEqualTo(highestRevision);
    assertThat(now.getHeader().getRaftTerm())
        .as("R2 the term fell")
        .isGreaterThanOrEqualTo(highestTerm);
    highestTerm = now.getHeader().getRaftTerm();
    mark(client);
    List<Event> events = new EventTape(client, checkedRevision + 1).awaitRevision(highestRevision);
    assertThat(events.subList(0, Math.min(events.size(), seenBefore.size())))
        .as("P5 what a watch has shown must stay")
        .isEqualTo(seenBefore);
    seenBefore = List.of();
    replay(events);
    checkKeys(client);
    checkLeases(client);
  }

  /** A write of our own, so that the watch has an end to wait for. */
  private void mark(RawClient client) {
    ByteString key = ByteString.copyFromUtf8("mark");
    ByteString value = ByteString.copyFromUtf8("check " + checks++);
    PutRequest put = PutRequest.newBuilder().setKey(key).setValue(value).build();
    PutResponse reply = call(client, "KV/Put", put, PutResponse.getDefaultInstance());
    acknowledge(new Write(List.of(Write.put(key, value)), reply.getHeader().getRevision()));
  }

  /** Deletes all keys with a prefix in one revision. */
  void deletePrefix(RawClient client, String prefix) {
    ByteString from = ByteString.copyFromUtf8(prefix);
    ByteString to = ByteString.copyFromUtf8(prefix.substring(0, prefix.length() - 1) + "0");
    List<Write.Change> changes =
        present.subMap(from, to).keySet().stream().map(Write::delete).toList();
    DeleteRangeRequest request =
        DeleteRangeRequest.newBuilder().setKey(from).setRangeEnd(to).build();
    DeleteRangeResponse reply =
        call(client, "KV/DeleteRange", request, DeleteRangeResponse.getDefaultInstance());
    assertThat(reply.getDeleted()).isEqualTo(changes.size());
    if (!changes.isEmpty()) {
      acknowledge(new Write(changes, reply.getHeader().getRevision()));
    }
  }

  /** Compacts all that has been checked; its physical deletion may meet the kill. */
  void compact(RawClient client) {
    call(
        client,
        "KV/Compact",
        CompactionRequest.newBuilder().setRevision(checkedRevision).build(),
        CompactionResponse.getDefaultInstance());
  }

  private void acknowledge(Write write) {
    assertThat(write.revision()).as("P2 revision of %s", write).isGreaterThan(checkedRevision);
    Write other = acknowledged.put(write.revision(), write);
    assertThat(other).as("P2 one revision, two writes: %s", write).isNull();
    acknowledgedCount++;
    saw(write.revision());
  }

  private void saw(long revision) {
    highestRevision = Math.max(highestRevision, revision);
  }

  private void replay(List<Event> events) {
    int at = 0;
    while (at < events.size()) {
      long revision = events.get(at).getKv().getModRevision();
      assertThat(revision).as("P2, P9, P11 next revision").isEqualTo(checkedRevision + 1);
      int end = at;
      while (end < events.size() && events.get(end).getKv().getModRevision() == revision) {
        end++;
      }
      replay(revision, events.subList(at, end));
      checkedRevision = revision;
      at = end;
    }
    assertThat(acknowledged).as("P5, P11 acknowledged, but no event").isEmpty();
    unknown.clear();
  }

  private void replay(long revision, List<Event> events) {
    Write answered = acknowledged.remove(revision);
    if (answered != null) {
      assertThat(answered.isSeenAs(events))
          .as("P5, P6 revision %d: acknowledged %s, told %s", revision, answered, events)
          .isTrue();
    } else {
      boolean known = unknown.removeIf(write -> write.isSeenAs(events));
      assertThat(known).as("P10 revision %d: nobody wrote %s", revision, events).isTrue();
      unknownAppliedCount++;
    }
    for (Event event : events) {
      ByteString key = event.getKv().getKey();
      if (event.getType() == Event.EventType.DELETE) {
        assertThat(present.remove(key)).as("delete of nothing: %s", event).isNotNull();
      } else {
        KeyValue before = present.get(key);
        KeyValue expected =
            event.getKv().toBuilder()
                .setModRevision(revision)
                .setCreateRevision(before == null ? revision : before.getCreateRevision())
                .setVersion(before == null ? 1 : before.getVersion() + 1)
                .build();
        assertThat(event.getKv()).as("M1 revisions and version").isEqualTo(expected);
        present.put(key, expected);
      }
    }
  }

  private void checkKeys(RawClient client) {
    RangeResponse all =
        range(client, RangeRequest.newBuilder().setKey(EVERYTHING).setRangeEnd(EVERYTHING));
    List<KeyValue> expected = List.copyOf(present.values());
    if (!all.getKvsList().equals(expected)) {
      // Not by one comparison of both: its message would hold all of the data twice.
      assertThat(all.getKvsList().stream().map(KeyValue::getKey).toList())
          .isEqualTo(List.copyOf(present.keySet()));
      for (int i = 0; i < expected.size(); i++) {
        assertThat(all.getKvs(i)).as("P5 after replay").isEqualTo(expected.get(i));
      }
    }
    assertThat(all.getCount()).isEqualTo(expected.size());
  }

  private void checkLeases(RawClient client) {
    Set<Long> told = new TreeSet<>();
    LeaseLeasesResponse reply =
        call(
            client,
            "Lease/LeaseLeases",
            LeaseLeasesRequest.getDefaultInstance(),
            LeaseLeasesResponse.getDefaultInstance());
    for (LeaseStatus lease : reply.getLeasesList()) {
      told.add(lease.getID());
    }
    perhapsLeases.retainAll(told);
    leases.addAll(perhapsLeases);
    perhapsLeases.clear();
    assertThat(told).as("L3 leases").isEqualTo(leases);
    Map<Long, Set<ByteString>> keys = new HashMap<>();
    present.forEach(
        (key, kv) -> keys.computeIfAbsent(kv.getLease(), id -> new java.util.HashSet<>()).add(key));
    // A few of them: each asks for a call.
    leases.stream()
        .skip(Math.max(0, leases.size() - 20))
        .forEach(id -> checkLease(client, id, keys));
  }

  private static void checkLease(RawClient client, long id, Map<Long, Set<ByteString>> keys) {
    LeaseTimeToLiveResponse lease =
        call(
            client,
            "Lease/LeaseTimeToLive",
            LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(true).build(),
            LeaseTimeToLiveResponse.getDefaultInstance());
    assertThat(lease.getTTL()).as("P18 TTL of lease %d", id).isPositive();
    assertThat(Set.copyOf(lease.getKeysList()))
        .as("L1 keys of lease %d", id)
        .isEqualTo(keys.getOrDefault(id, Set.of()));
  }

  private static RangeResponse range(RawClient client, RangeRequest.Builder request) {
    return call(client, "KV/Range", request.build(), RangeResponse.getDefaultInstance());
  }

  private static <R extends Message> R call(
      RawClient client, String method, Message request, R reply) {
    RawClient.Reply<R> answer = client.call("etcdserverpb." + method, request, reply);
    assertThat(answer.ok())
        .as(() -> method + " " + TextFormat.shortDebugString(request) + ": " + answer.status())
        .isTrue();
    return answer.value();
  }
}
