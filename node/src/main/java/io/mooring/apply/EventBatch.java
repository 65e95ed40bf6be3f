package io.mooring.apply;

import io.mooring.machine.View;
import java.util.List;

/**
 * What one applied batch changed, for the hubs. Batches follow each other without a gap: {@code
 * fromRevision} is the revision of the view before, {@code view.revision()} the one after.
 *
 * @param fromRevision exclusive
 * @param view the view published with it
 * @param revisions ascending, immutable; empty when only other state moved
 */
public record EventBatch(long fromRevision, View view, List<RevisionEvents> revisions) {}
