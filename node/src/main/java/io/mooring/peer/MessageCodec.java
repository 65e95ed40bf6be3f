package io.mooring.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.mooring.api.internalpb.PeerMessage;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Payload;
import io.mooring.raft.core.Transfer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Messages of the core as protobuf. Entries are wrapped, not copied, on the way out: they are
 * frozen. What decodes may still make no sense; the core checks that ({@link
 * Message#isWellFormed}).
 */
final class MessageCodec {

  private MessageCodec() {}

  static PeerMessage encode(Message message) {
    PeerMessage.Builder out =
        PeerMessage.newBuilder()
            .setFrom(message.from())
            .setTo(message.to())
            .setTerm(message.term());
    switch (message.kind()) {
      case APPEND_ENTRIES -> out.setAppendEntries(append((Message.AppendEntries) message));
      case APPENDED ->
          out.setAppended(
              PeerMessage.Appended.newBuilder()
                  .setMatchIndex(((Message.Appended) message).matchIndex()));
      case APPEND_REFUSED -> {
        Message.AppendRefused refused = (Message.AppendRefused) message;
        out.setAppendRefused(
            PeerMessage.AppendRefused.newBuilder()
                .setRefusedIndex(refused.refusedIndex())
                .setHint(position(refused.hint())));
      }
      case HEARTBEAT -> {
        Message.Heartbeat beat = (Message.Heartbeat) message;
        out.setHeartbeat(
            PeerMessage.Heartbeat.newBuilder()
                .setCommitIndex(beat.commitIndex())
                .setRound(beat.round()));
      }
      case HEARTBEAT_REPLY ->
          out.setHeartbeatReply(
              PeerMessage.HeartbeatReply.newBuilder()
                  .setRound(((Message.HeartbeatReply) message).round()));
      case VOTE_REQUEST -> out.setVoteRequest(request((Message.VoteRequest) message));
      case VOTE_REPLY -> out.setVoteReply(reply((Message.VoteReply) message));
      case INSTALL_SNAPSHOT ->
          out.setInstallSnapshot(install(((Message.InstallSnapshot) message).transfer()));
      case TIMEOUT_NOW -> out.setTimeoutNow(PeerMessage.TimeoutNow.getDefaultInstance());
      case PROPOSE -> out.setPropose(propose((Message.Propose) message));
      case READ_INDEX ->
          out.setReadIndex(
              PeerMessage.ReadIndex.newBuilder()
                  .setContext(((Message.ReadIndex) message).context()));
      case READ_INDEX_REPLY -> {
        Message.ReadIndexReply reply = (Message.ReadIndexReply) message;
        out.setReadIndexReply(
            PeerMessage.ReadIndexReply.newBuilder()
                .setContext(reply.context())
                .setIndex(reply.index()));
      }
    }
    return out.build();
  }

  /**
   * Reads a message.
   *
   * @return null when it is of a kind that this version does not know, or cannot be one of ours
   */
  static @Nullable Message decode(PeerMessage in) {
    long from = in.getFrom();
    long to = in.getTo();
    long term = in.getTerm();
    return switch (in.getBodyCase()) {
      case APPEND_ENTRIES -> append(in, in.getAppendEntries());
      case APPENDED -> new Message.Appended(from, to, term, in.getAppended().getMatchIndex());
      case APPEND_REFUSED ->
          new Message.AppendRefused(
              from,
              to,
              term,
              in.getAppendRefused().getRefusedIndex(),
              position(in.getAppendRefused().getHint()));
      case HEARTBEAT ->
          new Message.Heartbeat(
              from, to, term, in.getHeartbeat().getCommitIndex(), in.getHeartbeat().getRound());
      case HEARTBEAT_REPLY ->
          new Message.HeartbeatReply(from, to, term, in.getHeartbeatReply().getRound());
      case VOTE_REQUEST ->
          new Message.VoteRequest(
              from,
              to,
              term,
              position(in.getVoteRequest().getLast()),
              in.getVoteRequest().getPreVote(),
              in.getVoteRequest().getInTransfer());
      case VOTE_REPLY ->
          new Message.VoteReply(
              from,
              to,
              term,
              in.getVoteReply().getPreVote(),
              in.getVoteReply().getGranted(),
              position(in.getVoteReply().getCommitted()));
      case INSTALL_SNAPSHOT -> {
        Transfer transfer = transfer(in.getInstallSnapshot());
        yield transfer == null ? null : new Message.InstallSnapshot(from, to, term, transfer);
      }
      case TIMEOUT_NOW -> new Message.TimeoutNow(from, to, term);
      case PROPOSE -> propose(in, in.getPropose());
      case READ_INDEX -> new Message.ReadIndex(from, to, term, in.getReadIndex().getContext());
      case READ_INDEX_REPLY ->
          new Message.ReadIndexReply(
              from,
              to,
              term,
              in.getReadIndexReply().getContext(),
              in.getReadIndexReply().getIndex());
      case BODY_NOT_SET -> null;
    };
  }

  private static PeerMessage.AppendEntries append(Message.AppendEntries append) {
    PeerMessage.AppendEntries.Builder out =
        PeerMessage.AppendEntries.newBuilder()
            .setPrevious(position(append.previous()))
            .setCommitIndex(append.commitIndex())
            .setNews(append.news());
    List<Entry> entries = append.entries();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      out.addEntries(
          PeerMessage.LogEntry.newBuilder()
              .setTerm(entry.term())
              .setKind(entry.kind().id())
              .setData(frozen(entry.data())));
    }
    return out.build();
  }

  private static Message.@Nullable AppendEntries append(
      PeerMessage in, PeerMessage.AppendEntries append) {
    EntryId previous = position(append.getPrevious());
    List<Entry> entries = new ArrayList<>(append.getEntriesCount());
    long index = previous.index();
    for (int i = 0; i < append.getEntriesCount(); i++) {
      PeerMessage.LogEntry entry = append.getEntries(i);
      Entry.Kind kind = kind(entry.getKind());
      if (kind == null) {
        return null;
      }
      index++;
      entries.add(new Entry(index, entry.getTerm(), kind, entry.getData().toByteArray()));
    }
    return new Message.AppendEntries(
        in.getFrom(),
        in.getTo(),
        in.getTerm(),
        previous,
        entries,
        append.getCommitIndex(),
        append.getNews());
  }

  private static PeerMessage.VoteRequest request(Message.VoteRequest request) {
    return PeerMessage.VoteRequest.newBuilder()
        .setLast(position(request.last()))
        .setPreVote(request.preVote())
        .setInTransfer(request.inTransfer())
        .build();
  }

  private static PeerMessage.VoteReply reply(Message.VoteReply reply) {
    return PeerMessage.VoteReply.newBuilder()
        .setPreVote(reply.preVote())
        .setGranted(reply.granted())
        .setCommitted(position(reply.committed()))
        .build();
  }

  private static PeerMessage.Propose propose(Message.Propose propose) {
    PeerMessage.Propose.Builder out = PeerMessage.Propose.newBuilder();
    for (Payload payload : propose.payloads()) {
      out.addPayloads(
          PeerMessage.Payload.newBuilder()
              .setKind(payload.kind().id())
              .setData(frozen(payload.data())));
    }
    return out.build();
  }

  private static Message.@Nullable Propose propose(PeerMessage in, PeerMessage.Propose propose) {
    List<Payload> payloads = new ArrayList<>(propose.getPayloadsCount());
    for (PeerMessage.Payload payload : propose.getPayloadsList()) {
      Entry.Kind kind = kind(payload.getKind());
      if (kind == null) {
        return null;
      }
      payloads.add(new Payload(kind, payload.getData().toByteArray()));
    }
    return new Message.Propose(in.getFrom(), in.getTo(), in.getTerm(), payloads);
  }

  private static PeerMessage.InstallSnapshot install(Transfer transfer) {
    Configuration configuration = transfer.configuration();
    return PeerMessage.InstallSnapshot.newBuilder()
        .setLast(position(transfer.last()))
        .addAllVoters(configuration.voters())
        .addAllOutgoing(configuration.outgoing())
        .addAllLearners(configuration.learners())
        .build();
  }

  /** Null for what {@link Configuration} would not even hold. */
  private static @Nullable Transfer transfer(PeerMessage.InstallSnapshot install) {
    List<Long> voters = install.getVotersList();
    List<Long> outgoing = install.getOutgoingList();
    List<Long> learners = install.getLearnersList();
    boolean sound =
        !voters.isEmpty()
            && areIds(voters)
            && areIds(outgoing)
            && areIds(learners)
            && learners.stream().noneMatch(voters::contains);
    return sound
        ? new Transfer(position(install.getLast()), new Configuration(voters, outgoing, learners))
        : null;
  }

  private static boolean areIds(List<Long> ids) {
    Set<Long> distinct = new HashSet<>(ids);
    return distinct.size() == ids.size() && !distinct.contains(0L);
  }

  private static PeerMessage.LogPosition position(EntryId id) {
    return PeerMessage.LogPosition.newBuilder().setIndex(id.index()).setTerm(id.term()).build();
  }

  private static EntryId position(PeerMessage.LogPosition position) {
    return new EntryId(position.getIndex(), position.getTerm());
  }

  private static ByteString frozen(byte[] data) {
    return UnsafeByteOperations.unsafeWrap(data);
  }

  private static Entry.@Nullable Kind kind(int id) {
    for (Entry.Kind kind : Entry.Kind.values()) {
      if (kind.id() == id) {
        return kind;
      }
    }
    return null;
  }
}
