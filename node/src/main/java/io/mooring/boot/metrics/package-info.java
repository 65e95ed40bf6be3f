/**
 * The metrics page: every series, under etcd's names where etcd has one and under {@code mooring_}
 * where it has not. Data flows one way: each part owns a meter that it alone writes; here it is
 * read when somebody asks. Nothing here runs on the way of a request. Registered once, at assembly.
 */
@NullMarked
package io.mooring.boot.metrics;

import org.jspecify.annotations.NullMarked;
