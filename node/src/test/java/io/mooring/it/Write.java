package io.mooring.it;

import com.google.protobuf.ByteString;
import io.mooring.api.mvccpb.Event;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One writing request of a crash test, as watchers must see it.
 *
 * @param changes in the order of their events; values are unique, so equal changes are one request
 * @param revision that was answered; 0 when nobody knows whether it happened
 */
record Write(List<Change> changes, long revision) {

  /**
   * One event.
   *
   * @param value null for a delete
   * @param leaseId 0 for none
   */
  record Change(ByteString key, @Nullable ByteString value, long leaseId) {

    boolean isSeenAs(Event event) {
      if (!event.getKv().getKey().equals(key)) {
        return false;
      }
      return value == null
          ? event.getType() == Event.EventType.DELETE
          : event.getType() == Event.EventType.PUT
              && event.getKv().getValue().equals(value)
              && event.getKv().getLease() == leaseId;
    }
  }

  static Change put(ByteString key, ByteString value) {
    return new Change(key, value, 0);
  }

  static Change delete(ByteString key) {
    return new Change(key, null, 0);
  }

  /** The same request, answered. */
  Write at(long answered) {
    return new Write(changes, answered);
  }

  boolean isSeenAs(List<Event> events) {
    if (events.size() != changes.size()) {
      return false;
    }
    for (int i = 0; i < events.size(); i++) {
      if (!changes.get(i).isSeenAs(events.get(i))) {
        return false;
      }
    }
    return true;
  }
}
