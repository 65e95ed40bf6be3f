package io.mooring.read;

import io.mooring.machine.View;
import io.mooring.machine.mvcc.RangeQuery;

/**
 * One range, validated, authorized, and with the view that answers it.
 *
 * @param query what is asked
 * @param requested revision as the client gave it, 0 or below for the newest
 * @param view at least as new as the request demands
 */
record ReadRequest(RangeQuery query, long requested, View view) {

  /** The main revision that is read. */
  long atRevision() {
    return requested > 0 ? requested : view.revision();
  }

  /** The same request on a newer view. */
  ReadRequest on(View newer) {
    return new ReadRequest(query, requested, newer);
  }
}
