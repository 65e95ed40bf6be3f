package io.mooring.machine.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The members at one applied index. Immutable; any thread. Rows of {@link Table#MEMBER}:
 *
 * <pre>
 * | member id, 8, unsigned |  ->  an encoded etcdserverpb.Member
 * </pre>
 */
public final class MemberTable {

  /** No members. */
  public static final MemberTable EMPTY = new MemberTable(PersistentTree.empty());

  private final PersistentTree<Member> members;

  private MemberTable(PersistentTree<Member> members) {
    this.members = members;
  }

  /** Reads the members that an engine holds. */
  public static MemberTable restore(VersionReader reader) {
    MemberTable table = EMPTY;
    try (TableCursor rows = reader.tableScan(Table.MEMBER, new byte[0], null)) {
      while (rows.next()) {
        try {
          table = table.with(Member.parseFrom(rows.value()));
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException("a stored member does not decode", e);
        }
      }
    }
    return table;
  }

  /** The row of a member. */
  public static byte[] key(long memberId) {
    return ByteBuffer.allocate(Long.BYTES).putLong(memberId).array();
  }

  /** A member, or null. */
  public @Nullable Member get(long memberId) {
    return members.get(key(memberId));
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

  /** This table with a member added or replaced. */
  public MemberTable with(Member member) {
    return new MemberTable(members.put(key(member.getID()), member));
  }
}
