package io.mooring.check;

import io.mooring.api.mvccpb.Event;
import io.mooring.api.mvccpb.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * One committed change of a key, as a watcher of everything sees it.
 *
 * @param revision that made it
 * @param key changed
 * @param value now standing there; null for a delete
 * @param createRevision of the key's present life; 0 for a delete
 * @param version writes since creation; 0 for a delete
 */
public record Change(
    long revision, String key, @Nullable String value, long createRevision, long version) {

  /** What an event of a watch says. */
  public static Change of(Event event) {
    KeyValue kv = event.getKv();
    boolean delete = event.getType() == Event.EventType.DELETE;
    return new Change(
        kv.getModRevision(),
        kv.getKey().toStringUtf8(),
        delete ? null : kv.getValue().toStringUtf8(),
        delete ? 0 : kv.getCreateRevision(),
        delete ? 0 : kv.getVersion());
  }
}
