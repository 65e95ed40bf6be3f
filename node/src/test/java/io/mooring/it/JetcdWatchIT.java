package io.mooring.it;

import static io.mooring.it.Jetcd.bytes;
import static io.mooring.it.Jetcd.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchResponse;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every watch option of jetcd, on one member that speaks of progress every 100 ms. */
class JetcdWatchIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path temp;

  private final List<Watcher> watchers = new ArrayList<>();
  private TestNode mooring;
  private Client client;
  private KV kv;

  @BeforeEach
  void start() {
    mooring = TestNode.start(temp, "memory", "--watch-progress-notify-interval", "100ms");
    client = Jetcd.client(mooring.clientPort());
    kv = client.getKVClient();
  }

  @AfterEach
  void stop() {
    watchers.forEach(Watcher::close);
    client.close();
    mooring.close();
  }

  private void put(String key, String value) {
    get(kv.put(bytes(key), bytes(value)));
  }

  /** Watches, and returns when the server has said that it does. */
  private JetcdTape watch(String key, WatchOption.Builder options) {
    JetcdTape tape = new JetcdTape();
    watchers.add(
        client.getWatchClient().watch(bytes(key), options.withCreateNotify(true).build(), tape));
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> tape.responses().stream().anyMatch(WatchResponse::isCreatedNotify));
    return tape;
  }

  private static WatchOption.Builder options() {
    return WatchOption.builder();
  }

  @Test
  @Covers("P16")
  void fromNowOnOneKeyARangeAPrefixOrAll() {
    put("k", "0");
    JetcdTape one = watch("k", options());
    JetcdTape range = watch("k", options().withRange(bytes("l")));
    JetcdTape prefix = watch("k", options().isPrefix(true));
    JetcdTape all = watch("", options().isPrefix(true));
    put("k", "1");
    put("k2", "2");
    put("l", "3");
    get(kv.delete(bytes("k")));
    assertThat(one.await(2)).containsExactly("PUT k=1 @3", "DELETE k= @6");
    String[] expected = {"PUT k=1 @3", "PUT k2=2 @4", "DELETE k= @6"};
    assertThat(range.await(3)).containsExactly(expected);
    assertThat(prefix.await(3)).containsExactly(expected);
    assertThat(all.await(4))
        .containsExactly("PUT k=1 @3", "PUT k2=2 @4", "PUT l=3 @5", "DELETE k= @6");
    assertThat(one.responses().get(0).isCreatedNotify()).isTrue();
    assertThat(one.responses().get(0).getHeader().getRevision()).isEqualTo(2);
  }

  @Test
  void withWhatWasThereBefore() {
    JetcdTape tape = watch("k", options().withPrevKV(true));
    put("k", "1");
    put("k", "2");
    get(kv.delete(bytes("k")));
    put("k", "3");
    assertThat(tape.await(4))
        .containsExactly("PUT k=1 @2", "PUT k=2 @3 was k=1", "DELETE k= @4 was k=2", "PUT k=3 @5");
  }

  @Test
  @Covers("P15")
  void withoutPutsOrWithoutDeletes() {
    JetcdTape noPut = watch("k", options().withNoPut(true));
    JetcdTape noDelete = watch("k", options().withNoDelete(true));
    put("k", "1");
    get(kv.delete(bytes("k")));
    put("k", "2");
    get(kv.delete(bytes("k")));
    assertThat(noPut.await(2)).containsExactly("DELETE k= @3", "DELETE k= @5");
    assertThat(noDelete.await(2)).containsExactly("PUT k=1 @2", "PUT k=2 @4");
  }

  @Test
  @Covers({"P11", "P15"})
  void fromThePastAndFromTheFuture() {
    for (int i = 2; i <= 5; i++) {
      put("k", "" + i);
    }
    JetcdTape future = watch("k", options().withRevision(7));
    JetcdTape past = watch("k", options().withRevision(4));
    put("k", "6");
    put("k", "7");
    put("k", "8");
    assertThat(past.await(5))
        .containsExactly("PUT k=4 @4", "PUT k=5 @5", "PUT k=6 @6", "PUT k=7 @7", "PUT k=8 @8");
    assertThat(future.await(2)).containsExactly("PUT k=7 @7", "PUT k=8 @8");
  }

  @Test
  @Covers("P12")
  void oneRevisionIsOneResponse() {
    JetcdTape tape = watch("", options().isPrefix(true));
    Op[] puts = new Op[100];
    for (int i = 0; i < puts.length; i++) {
      puts[i] = Op.put(bytes("k" + i), bytes("v"), PutOption.DEFAULT);
    }
    get(kv.txn().Then(puts).commit());
    get(kv.delete(bytes("k"), DeleteOption.builder().isPrefix(true).build()));
    tape.await(200);
    List<WatchResponse> withEvents =
        tape.responses().stream().filter(each -> !each.getEvents().isEmpty()).toList();
    assertThat(withEvents).hasSize(2);
    assertThat(withEvents.get(0).getEvents()).hasSize(100);
    assertThat(withEvents.get(1).getHeader().getRevision()).isEqualTo(3);
  }

  @Test
  @Covers("P14")
  void progressIsNotifiedByItselfAndOnRequest() {
    JetcdTape byItself = watch("quiet", options().withProgressNotify(true));
    JetcdTape asked = watch("quiet", options());
    put("other", "1");
    Awaitility.await().atMost(LIMIT).until(() -> progress(byItself) == 2);
    assertThat(progress(asked)).isZero();
    // A request is answered when every watch of its stream is up to date: clients ask again.
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              client.getWatchClient().requestProgress();
              return progress(asked) == 2;
            });
    assertThat(asked.events()).isEmpty();
  }

  /** Of the newest progress notice, or 0. */
  private static long progress(JetcdTape tape) {
    return tape.responses().stream()
        .filter(WatchResponse::isProgressNotify)
        .mapToLong(response -> response.getHeader().getRevision())
        .max()
        .orElse(0);
  }

  @Test
  @Covers({"P13", "B29"})
  void whatCompactionTookEndsAWatch() {
    for (int i = 2; i <= 6; i++) {
      put("k", "" + i);
    }
    get(kv.compact(5));
    JetcdTape gone = new JetcdTape();
    watchers.add(
        client.getWatchClient().watch(bytes("k"), options().withRevision(3).build(), gone));
    Throwable error = gone.awaitError();
    assertThat(error).isInstanceOf(CompactedException.class);
    assertThat(((CompactedException) error).getCompactedRevision()).isEqualTo(5);
    assertThat(watch("k", options().withRevision(5)).await(2))
        .containsExactly("PUT k=5 @5", "PUT k=6 @6");
  }

  @Test
  void aClosedWatchHearsNoMoreAndOthersGoOn() {
    JetcdTape closed = watch("k", options());
    JetcdTape open = watch("k", options());
    put("k", "1");
    closed.await(1);
    watchers.get(0).close();
    assertThat(watchers.get(0).isClosed()).isTrue();
    put("k", "2");
    assertThat(open.await(2)).containsExactly("PUT k=1 @2", "PUT k=2 @3");
    assertThat(closed.lines()).containsExactly("PUT k=1 @2");
    assertThat(closed.completions()).isOne();
  }

  @Test
  void aWatchThatRequiresALeaderHasOne() {
    JetcdTape tape = watch("k", options().withRequireLeader(true));
    put("k", "1");
    assertThat(tape.await(1)).containsExactly("PUT k=1 @2");
    assertThat(tape.errors()).isEmpty();
  }
}
