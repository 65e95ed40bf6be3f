package io.mooring.duty;

import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmRequest.AlarmAction;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.internalpb.Command;
import io.mooring.loop.Loop;
import io.mooring.loop.Periodic;
import io.mooring.machine.View;
import io.mooring.raft.Consensus;
import io.mooring.raft.MemberLinks;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Takes back alarms NOSPACE that are over, so that none stays for ever. Members may have different
 * quotas: that one has room says nothing of another, and if each took back the alarms of all they
 * would raise and take back in turn. So a member takes back
 *
 * <ul>
 *   <li>its own, once a share of its quota is free, whether or not anybody writes through it (a
 *       write that does, and fits, takes it back at once);
 *   <li>while it leads, those of members that were removed, or that have been out of reach for
 *       {@link #GONE_NS}: they cannot do it, and they raise it again should they come back full.
 * </ul>
 *
 * <p>An alarm under any other id was raised by hand, and is disarmed by hand. On every member, on
 * the duty loop.
 */
public final class SpaceAlarms {

  /** From one look to the next; a look costs nothing while there is no alarm. */
  static final long PERIOD_NS = 500_000_000;

  /** How long a member may be out of reach before its alarm is taken back. */
  static final long GONE_NS = 10_000_000_000L;

  /**
   * The part of a quota that must be free. An alarm is raised by a write that does not fit any
   * more, with its size still free: without a distance it would come and go while the store is
   * full.
   */
  static final long ROOM_SHARE = 16;

  private final Loop loop;
  private final Consensus consensus;
  private final MemberLinks links;
  private final long memberId;
  private final long quotaBytes;
  private final LongSupplier liveBytes;
  private final Periodic clock;

  /** When a member with an alarm was first seen out of reach. */
  private final Map<Long, Long> goneSinceNs = new HashMap<>();

  /** Proposals under way; while there are any, no further ones are made. */
  private int inFlight;

  /**
   * Creates it; nothing runs before {@link #start}.
   *
   * @param memberId this member
   * @param quotaBytes of this member, 0 for none
   * @param liveBytes what its store holds; never blocks
   */
  public SpaceAlarms(
      Loop loop,
      Consensus consensus,
      MemberLinks links,
      long memberId,
      long quotaBytes,
      LongSupplier liveBytes) {
    this.loop = loop;
    this.consensus = consensus;
    this.links = links;
    this.memberId = memberId;
    this.quotaBytes = quotaBytes;
    this.liveBytes = liveBytes;
    this.clock = new Periodic(loop, PERIOD_NS, this::look);
  }

  /** Begins to look at the clock. Any thread. */
  public void start() {
    clock.start();
  }

  /** Ends. Any thread. */
  public void stop() {
    clock.stop();
  }

  private void look() {
    View view = consensus.view();
    if (!view.alarms().noSpace()) {
      goneSinceNs.clear();
      return;
    }
    if (inFlight > 0) {
      return;
    }
    for (AlarmMember alarm : view.alarms().list(AlarmType.NOSPACE)) {
      if (isOver(view, alarm.getMemberID())) {
        takeBack(alarm);
      }
    }
  }

  private boolean isOver(View view, long raisedBy) {
    if (raisedBy == memberId) {
      return quotaBytes > 0 && liveBytes.getAsLong() < quotaBytes - quotaBytes / ROOM_SHARE;
    }
    if (consensus.status().leaderId() != memberId) {
      goneSinceNs.clear();
      return false;
    }
    if (view.members().wasRemoved(raisedBy)) {
      return true;
    }
    if (view.members().get(raisedBy) == null || links.connectedNs(raisedBy) >= 0) {
      goneSinceNs.remove(raisedBy);
      return false;
    }
    long nowNs = loop.nowNs();
    Long since = goneSinceNs.putIfAbsent(raisedBy, nowNs);
    return since != null && nowNs - since >= GONE_NS;
  }

  /** Nobody waits for it; what is lost is proposed again. */
  private void takeBack(AlarmMember alarm) {
    AlarmRequest request =
        AlarmRequest.newBuilder()
            .setAction(AlarmAction.DEACTIVATE)
            .setMemberID(alarm.getMemberID())
            .setAlarm(alarm.getAlarm())
            .build();
    inFlight++;
    consensus
        .propose(loop, Command.newBuilder().setAlarm(request).build(), Long.MAX_VALUE)
        .onComplete(done -> inFlight--);
  }
}
