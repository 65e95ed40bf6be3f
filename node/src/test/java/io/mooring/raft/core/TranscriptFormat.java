package io.mooring.raft.core;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How transcripts show things. */
final class TranscriptFormat {

  private TranscriptFormat() {}

  static String member(Raft raft) {
    SoftState soft = raft.softState();
    return String.format(
        Locale.ROOT,
        "%d: %s term=%d vote=%d last=%d persisted=%d commit=%d applied=%d\n",
        raft.memberId(),
        soft.role().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        soft.term(),
        raft.hardState().vote(),
        raft.lastIndex(),
        raft.persistedIndex(),
        raft.commitIndex(),
        raft.appliedIndex());
  }

  static String entries(List<Entry> entries) {
    StringBuilder out = new StringBuilder();
    for (Entry entry : entries) {
      out.append(' ').append(entry.index()).append('@').append(entry.term()).append(':');
      out.append(data(entry.kind(), entry.data()));
    }
    return out.toString();
  }

  private static String data(Entry.Kind kind, byte[] data) {
    return switch (kind) {
      case EMPTY -> "";
      case COMMAND -> new String(data, StandardCharsets.UTF_8);
      case CONFIG -> change(data);
    };
  }

  private static String change(byte[] data) {
    ConfigChange change = ConfigChange.decode(data);
    if (change == null || change.isLeave()) {
      return change == null ? "?" : "leave-joint";
    }
    return change.steps().stream()
        .map(s -> s.kind().name().toLowerCase(Locale.ROOT).replace('_', '-') + "=" + s.memberId())
        .collect(Collectors.joining(","));
  }

  static String message(Message message) {
    return message.from() + "->" + message.to() + " term=" + message.term() + " " + body(message);
  }

  private static String body(Message message) {
    return switch (message.kind()) {
      case APPEND_ENTRIES -> {
        Message.AppendEntries m = (Message.AppendEntries) message;
        yield "append after " + m.previous() + entries(m.entries()) + " commit=" + m.commitIndex();
      }
      case APPENDED -> "appended " + ((Message.Appended) message).matchIndex();
      case APPEND_REFUSED -> {
        Message.AppendRefused m = (Message.AppendRefused) message;
        yield "refused " + m.refusedIndex() + " hint=" + m.hint();
      }
      case HEARTBEAT -> {
        Message.Heartbeat m = (Message.Heartbeat) message;
        yield "heartbeat round=" + m.round() + " commit=" + m.commitIndex();
      }
      case HEARTBEAT_REPLY -> "stands by round=" + ((Message.HeartbeatReply) message).round();
      case VOTE_REQUEST -> {
        Message.VoteRequest m = (Message.VoteRequest) message;
        yield (m.preVote() ? "would you vote" : m.inTransfer() ? "vote, handed over" : "vote")
            + " last="
            + m.last();
      }
      case VOTE_REPLY -> {
        Message.VoteReply m = (Message.VoteReply) message;
        yield (m.preVote() ? "pre-vote " : "vote ") + (m.granted() ? "granted" : "refused");
      }
      case INSTALL_SNAPSHOT -> {
        Transfer transfer = ((Message.InstallSnapshot) message).transfer();
        yield "snapshot " + transfer.last() + " " + transfer.configuration();
      }
      case TIMEOUT_NOW -> "campaign now";
      case PROPOSE ->
          ((Message.Propose) message)
              .payloads().stream()
                  .map(p -> " " + data(p.kind(), p.data()))
                  .collect(Collectors.joining("", "propose", ""));
      case READ_INDEX -> "read context=" + ((Message.ReadIndex) message).context();
      case READ_INDEX_REPLY -> {
        Message.ReadIndexReply m = (Message.ReadIndexReply) message;
        yield "read context=" + m.context() + " index=" + m.index();
      }
    };
  }
}
