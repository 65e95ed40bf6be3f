package io.mooring.check;

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
    long revision, String key, @Nullable String value, long createRevision, long version) {}
