package io.mooring.machine.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.base.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members at one applied index, and the ids of those that were removed, which are never used
 * again. Immutable; any thread. This table, and nothing else, says who votes: consensus takes its
 * configuration from it. Rows of {@link Table#MEMBER}:
 *
 * <pre>
 * | member id, 8, unsigned |  ->  an encoded etcdserverpb.Member; nothing when it was removed
 * </pre>
 */
public final class MemberTable {

  /** No members. */
  public static final MemberTable EMPTY =
      new MemberTable(PersistentTree.empty(), PersistentTree.empty());

  private static final byte[] REMOVED = {};

  private final PersistentTree<Member> members;
  private final PersistentTree<Boolean> removed;
  private final List<Long> voters;
  private final List<Long> learners;

  private MemberTable(PersistentTree<Member> members, PersistentTree<Boolean> removed) {
    this.members = members;
    this.removed = removed;
    List<Member> all = list();
    voters = all.stream().filter(m -> !m.getIsLearner()).map(Member::getID).toList();
    learners = all.stream().filter(Member::getIsLearner).map(Member::getID).toList();
  }

  /** Reads the members that an engine holds. */
  public static MemberTable restore(VersionReader reader) {
    PersistentTree<Member> members = PersistentTree.empty();
    PersistentTree<Boolean> removed = PersistentTree.empty();
    try (TableCursor rows = reader.tableScan(Table.MEMBER, new byte[0], null)) {
      while (rows.next()) {
        if (rows.value().length == 0) {
          removed = removed.put(rows.key(), true);
        } else {
          members = members.put(rows.key(), decode(rows.key(), rows.value()));
        }
      }
    }
    return new MemberTable(members, removed);
  }

  private static Member decode(byte[] key, byte[] value) {
    try {
      Member member = Member.parseFrom(value);
      boolean same = key.length == Long.BYTES && ByteBuffer.wrap(key).getLong() == member.getID();
      Check.that(same, "R21 a member under another's id", member.getID());
      return member;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored member does not decode", e);
    }
  }

  /** The key of a member's row. */
  public static byte[] key(long memberId) {
    return ByteBuffer.allocate(Long.BYTES).putLong(memberId).array();
  }

  /** The value of a row whose member was removed. */
  public static byte[] removedRow() {
    return REMOVED;
  }

  /** A member, or null. */
  public @Nullable Member get(long memberId) {
    return members.get(key(memberId));
  }

  /** Whether an id was a member's once. */
  public boolean wasRemoved(long memberId) {
    return removed.get(key(memberId)) != null;
  }

  /** Every id that was a member's once. */
  public Set<Long> removed() {
    Set<Long> ids = new HashSet<>();
    TreeCursor<Boolean> cursor = removed.cursor();
    while (cursor.next()) {
      ids.add(ByteBuffer.wrap(cursor.key()).getLong());
    }
    return ids;
  }

  /** All members in ascending order of their unsigned ids. */
  public List<Member> list() {
    List<Member> all = new ArrayList<>();
    TreeCursor<Member> cursor = members.cursor();
    while (cursor.next()) {
      all.add(cursor.value());
    }
    return all;
  }

  /** Ids of the members that vote, ascending and unsigned; immutable. */
  public List<Long> voters() {
    return voters;
  }

  /** Ids of the members that do not vote yet, ascending and unsigned; immutable. */
  public List<Long> learners() {
    return learners;
  }

  /** Whether somebody is a member that does not vote. Cheap: there are few. */
  public boolean isLearner(long memberId) {
    return learners.contains(memberId);
  }

  /** Whether a member other than one has any of these peer URLs. */
  public boolean usesPeerUrl(Collection<String> urls, long exceptId) {
    for (Member member : list()) {
      for (String url : member.getPeerURLsList()) {
        if (member.getID() != exceptId && urls.contains(url)) {
          return true;
        }
      }
    }
    return false;
  }

  /** This table with a member added or replaced. */
  public MemberTable with(Member member) {
    Check.that(!wasRemoved(member.getID()), "R21 a removed id came back", member.getID());
    return new MemberTable(members.put(key(member.getID()), member), removed);
  }

  /** This table without a member, whose id is used up. */
  public MemberTable without(long memberId) {
    Check.that(get(memberId) != null, "R21 removing a stranger", memberId);
    return new MemberTable(members.remove(key(memberId)), removed.put(key(memberId), true));
  }
}
