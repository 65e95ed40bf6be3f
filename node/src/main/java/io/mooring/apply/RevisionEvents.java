package io.mooring.apply;

import java.util.List;

/**
 * All changes of one main revision, in the order of their subs.
 *
 * @param revision the main revision
 * @param events immutable
 */
public record RevisionEvents(long revision, List<ChangeEvent> events) {}
