package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.mvccpb.Event;
import io.mooring.api.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds what one watcher was sent against the history that was written: P9 to P16 of the promises,
 * response by response, in the order in which the client took them.
 */
final class WatchChecker {

  private final HubWorld world;
  private final String name;
  private final WatchSpec spec;
  private final List<HubWorld.Past> expected = new ArrayList<>();
  private final List<Event> fragments = new ArrayList<>();
  private boolean created;
  private boolean over;
  private long start;
  private int position;
  private long lastRevision;
  private long progressRevision;
  int responses;
  int resumedInBulk;

  WatchChecker(HubWorld world, String name, WatchSpec spec) {
    this.world = world;
    this.name = name;
    this.spec = spec;
  }

  boolean over() {
    return over;
  }

  /** Takes a response of this watcher, or one about the whole stream. */
  void accept(WatchResponse response) {
    assertThat(over && response.getWatchId() >= 0)
        .as("%s: after its cancel: %s", name, response)
        .isFalse();
    if (response.getCreated()) {
      assertThat(created).as("%s: created twice", name).isFalse();
      created = true;
      start =
          spec.startRevision() == 0 ? response.getHeader().getRevision() + 1 : spec.startRevision();
      return;
    }
    assertThat(created).as("P16 %s: first response is not created", name).isTrue();
    refresh();
    if (response.getCanceled()) {
      over = true;
      if (response.getCompactRevision() != 0) {
        assertThat(response.getHeader().getRevision()).as(name).isZero();
        assertThat(response.getCompactRevision())
            .as("%s: nothing was missed at %d", name, nextRevision())
            .isGreaterThan(Math.max(lastRevision, start - 1));
      }
      return;
    }
    if (response.getEventsCount() == 0) {
      progress(response.getHeader().getRevision());
      return;
    }
    fragments.addAll(response.getEventsList());
    assertThat(response.getFragment() && !spec.fragment()).as(name).isFalse();
    if (!response.getFragment()) {
      List<Event> events = List.copyOf(fragments);
      fragments.clear();
      events(events, response.getHeader().getRevision());
    }
  }

  private void progress(long revision) {
    assertThat(fragments).as("%s: progress amid fragments", name).isEmpty();
    assertThat(revision).as("%s: progress fell", name).isGreaterThanOrEqualTo(progressRevision);
    assertThat(spec.startRevision()).as("W4 %s", name).isLessThanOrEqualTo(revision);
    progressRevision = revision;
    if (position < expected.size()) {
      assertThat(expected.get(position).revision())
          .as("P14 %s: progress before its events", name)
          .isGreaterThan(revision);
    }
  }

  private void events(List<Event> events, long headerRevision) {
    responses++;
    resumedInBulk +=
        events.get(0).getKv().getModRevision()
                != events.get(events.size() - 1).getKv().getModRevision()
            ? 1
            : 0;
    for (Event event : events) {
      long revision = event.getKv().getModRevision();
      assertThat(position)
          .as("P10 %s: event beyond history: %s", name, event)
          .isLessThan(expected.size());
      HubWorld.Past past = expected.get(position++);
      assertThat(revision).as("P9 P11 %s: at %d", name, position).isEqualTo(past.revision());
      assertThat(event.getKv()).as("P15 %s", name).isEqualTo(past.kv());
      assertThat(event.getType() == Event.EventType.DELETE).as(name).isEqualTo(past.delete());
      previous(event, past);
      assertThat(revision)
          .as("P14 %s: event after its progress", name)
          .isGreaterThan(progressRevision);
      assertThat(headerRevision).as("%s: header", name).isGreaterThanOrEqualTo(revision);
      lastRevision = revision;
    }
    assertThat(position == expected.size() || expected.get(position).revision() > lastRevision)
        .as("P12 %s: revision %d was split", name, lastRevision)
        .isTrue();
  }

  private void previous(Event event, HubWorld.Past past) {
    KeyValue prev = past.prev();
    boolean creation = !past.delete() && past.kv().getCreateRevision() == past.revision();
    if (!spec.prevKv() || prev == null || creation) {
      assertThat(event.hasPrevKv()).as("P15 %s: %s", name, event).isFalse();
    } else if (event.hasPrevKv()) {
      assertThat(event.getPrevKv()).as("P15 %s", name).isEqualTo(prev);
    } else {
      assertThat(past.revision() - 1)
          .as("P15 %s: previous value left out though not compacted", name)
          .isLessThan(world.compactRevision);
    }
  }

  /** Nothing is on its way any more: whatever was not canceled must be complete. */
  void finish() {
    refresh();
    assertThat(created).as("P16 %s", name).isTrue();
    if (!over) {
      assertThat(position)
          .as("P11 %s: events missing from %d", name, nextRevision())
          .isEqualTo(expected.size());
    }
  }

  private @Nullable Long nextRevision() {
    return position < expected.size() ? expected.get(position).revision() : null;
  }

  private void refresh() {
    expected.clear();
    for (HubWorld.Past past : world.history) {
      boolean wanted = past.delete() ? !spec.noDelete() : !spec.noPut();
      if (past.revision() >= start && wanted && holds(past.key())) {
        expected.add(past);
      }
    }
  }

  private boolean holds(ByteString key) {
    return spec.range().contains(key.toByteArray());
  }
}
