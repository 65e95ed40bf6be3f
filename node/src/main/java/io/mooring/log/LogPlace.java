package io.mooring.log;

/**
 * A place in a log, between two groups.
 *
 * @param segment where it is
 * @param before what the groups before it have led to
 */
record LogPlace(Segment segment, LogTail before) {}
