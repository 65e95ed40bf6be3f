package io.mooring.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.mooring.api.internalpb.PeerMessage;
import io.mooring.api.testing.Covers;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Payload;
import io.mooring.raft.core.Transfer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessageCodecTest {

  private static final long SEED = 20_261_122L;

  private final Random random = new Random(SEED);

  @Test
  void everyKindComesBackEqual() throws InvalidProtocolBufferException {
    Set<Message.Kind> seen = EnumSet.noneOf(Message.Kind.class);
    for (int round = 0; round < 200; round++) {
      for (Message message : oneOfEach()) {
        seen.add(message.kind());
        byte[] wire = MessageCodec.encode(message).toByteArray();
        Message back = MessageCodec.decode(PeerMessage.parseFrom(wire));
        // Byte arrays compare by identity in records.
        assertThat(back).as("seed %s", SEED).usingRecursiveComparison().isEqualTo(message);
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(Message.Kind.values());
  }

  @Test
  void bytesOfEntriesAreSharedOnTheWayOut() {
    byte[] data = new byte[1 << 16];
    ByteString sent =
        MessageCodec.encode(
                new Message.AppendEntries(
                    1, 2, 3, EntryId.ZERO, List.of(new Entry(1, 1, Entry.Kind.COMMAND, data)), 0))
            .getAppendEntries()
            .getEntries(0)
            .getData();
    data[5] = 7;
    assertThat(sent.byteAt(5)).isEqualTo((byte) 7);
  }

  @Test
  @Covers("B90")
  void whatCannotBeOursIsNull() {
    PeerMessage.Builder head = PeerMessage.newBuilder().setFrom(1).setTo(2).setTerm(3);
    assertThat(MessageCodec.decode(head.build())).isNull();
    assertThat(
            MessageCodec.decode(
                head.setPropose(
                        PeerMessage.Propose.newBuilder()
                            .addPayloads(PeerMessage.Payload.newBuilder().setKind(77)))
                    .build()))
        .isNull();
    for (List<Long> voters : List.of(List.<Long>of(), List.of(0L), List.of(4L, 4L))) {
      assertThat(
              MessageCodec.decode(
                  head.setInstallSnapshot(
                          PeerMessage.InstallSnapshot.newBuilder().addAllVoters(voters))
                      .build()))
          .isNull();
    }
  }

  private List<Message> oneOfEach() {
    long from = id();
    long to = id();
    long term = index();
    return List.of(
        new Message.AppendEntries(from, to, term, position(), List.of(), index()),
        new Message.AppendEntries(from, to, term, position(), List.of(), index(), true),
        append(from, to, term),
        new Message.Appended(from, to, term, index()),
        new Message.AppendRefused(from, to, term, index(), position()),
        new Message.Heartbeat(from, to, term, index(), index()),
        new Message.HeartbeatReply(from, to, term, index()),
        new Message.VoteRequest(
            from, to, term, position(), random.nextBoolean(), random.nextBoolean()),
        new Message.VoteReply(
            from, to, term, random.nextBoolean(), random.nextBoolean(), position()),
        new Message.InstallSnapshot(
            from,
            to,
            term,
            new Transfer(position(), new Configuration(List.of(1L, 2L), List.of(1L), List.of(9L)))),
        new Message.TimeoutNow(from, to, term),
        new Message.Propose(
            from,
            to,
            term,
            List.of(
                new Payload(Entry.Kind.COMMAND, bytes()), new Payload(Entry.Kind.CONFIG, bytes()))),
        new Message.ReadIndex(from, to, term, id()),
        new Message.ReadIndexReply(from, to, term, id(), index()));
  }

  private Message append(long from, long to, long term) {
    EntryId previous = position();
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i <= 1 + random.nextInt(5); i++) {
      Entry.Kind kind = Entry.Kind.values()[random.nextInt(Entry.Kind.values().length)];
      entries.add(new Entry(previous.index() + i, index(), kind, bytes()));
    }
    return new Message.AppendEntries(from, to, term, previous, entries, index());
  }

  private EntryId position() {
    return new EntryId(index(), index());
  }

  private long index() {
    return random.nextLong() >>> 2;
  }

  private long id() {
    return random.nextLong();
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(100)];
    random.nextBytes(bytes);
    return bytes;
  }
}
