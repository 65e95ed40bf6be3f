package io.mooring.it.cluster;

import com.google.protobuf.Message;
import io.mooring.api.etcdserverpb.MemberAddRequest;
import io.mooring.api.etcdserverpb.MemberAddResponse;
import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.api.etcdserverpb.MemberRemoveRequest;
import io.mooring.api.etcdserverpb.MemberRemoveResponse;
import io.mooring.api.etcdserverpb.MemberUpdateRequest;
import io.mooring.api.etcdserverpb.MemberUpdateResponse;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import io.mooring.it.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of real processes, of Mooring or of etcd, whose members talk through a {@link PeerNet}.
 * Members are named by their number, from 0. For one thread.
 */
public final class ServerCluster implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(20);

  /** Refusals of a change that will be possible soon. */
  private static final String NOT_YET =
      ".*(unhealthy cluster|not enough started members|in sync with leader).*";

  private static final long ADMIN_TIMEOUT_MS = 5_000;

  private final Path directory;
  private final List<Member> members = new CopyOnWriteArrayList<>();
  private final List<String> peerUrls = new ArrayList<>();

  /** Members that begin with nothing in a cluster that is there already. */
  private final Set<Integer> joining = new HashSet<>();

  private final PeerNet net = new PeerNet(() -> members.stream().map(Member::pid).toList());

  private ServerCluster(Path directory) {
    this.directory = directory;
  }

  /**
   * Starts a new cluster and waits until all agree on a leader.
   *
   * @param directory for the members' data
   * @param programs one for each member; they may differ
   */
  public static ServerCluster start(Path directory, List<Program> programs) {
    ServerCluster cluster = new ServerCluster(directory);
    try {
      programs.forEach(cluster::prepare);
      String initial = cluster.initialCluster();
      for (int i = 0; i < programs.size(); i++) {
        cluster.members.get(i).start(cluster.peerUrls.get(i), initial, "new");
      }
      cluster.awaitLeader();
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts a new cluster of one program. */
  public static ServerCluster start(Path directory, Program program, int size) {
    return start(directory, java.util.Collections.nCopies(size, program));
  }

  /** Client ports of all members. */
  public List<Integer> clientPorts() {
    return members.stream().map(Member::clientPort).toList();
  }

  /** The network between members. */
  public PeerNet net() {
    return net;
  }

  /** What a member says of itself; null when it does not answer in time. */
  public @Nullable StatusResponse status(int member) {
    return members.get(member).status();
  }

  /** The id of a member that answers. */
  public long memberId(int member) {
    StatusResponse answer = status(member);
    if (answer == null) {
      throw new IllegalStateException("member " + member + " does not answer");
    }
    return answer.getHeader().getMemberId();
  }

  /** The term of a member that answers. */
  public long term(int member) {
    return Objects.requireNonNull(status(member)).getRaftTerm();
  }

  /** Waits until all running members name the same leader, and returns its number. */
  public int awaitLeader() {
    return awaitLeaderAmong(
        IntStream.range(0, members.size()).filter(i -> members.get(i).isAlive()).toArray());
  }

  /** Waits until these members name the same leader, one of them, and returns its number. */
  public int awaitLeaderAmong(int... some) {
    AtomicInteger leader = new AtomicInteger(-1);
    try {
      Awaitility.await("a leader")
          .atMost(LIMIT)
          .pollInterval(POLL)
          .failFast("a member has ended", () -> !allAlive(some))
          .until(
              () -> {
                leader.set(leaderOf(some));
                return leader.get() >= 0;
              });
    } catch (ConditionTimeoutException | TerminalFailureException e) {
      throw new IllegalStateException("no leader; " + outputs(), e);
    }
    return leader.get();
  }

  private boolean allAlive(int... some) {
    return IntStream.of(some).allMatch(member -> members.get(member).isAlive());
  }

  private int leaderOf(int... some) {
    List<StatusResponse> answers =
        IntStream.of(some).mapToObj(this::status).filter(Objects::nonNull).toList();
    if (answers.size() < some.length
        || answers.stream().mapToLong(StatusResponse::getLeader).distinct().count() != 1) {
      return -1;
    }
    for (int i = 0; i < some.length; i++) {
      StatusResponse answer = answers.get(i);
      if (answer.getLeader() != 0 && answer.getHeader().getMemberId() == answer.getLeader()) {
        return some[i];
      }
    }
    return -1;
  }

  /**
   * The running member that says it leads, in the newest term; -1 when none does. Does not wait.
   */
  public int leaderNow() {
    int leader = -1;
    long newest = -1;
    for (int member = 0; member < members.size(); member++) {
      StatusResponse answer = members.get(member).isAlive() ? status(member) : null;
      if (answer != null
          && answer.getLeader() == answer.getHeader().getMemberId()
          && answer.getRaftTerm() > newest) {
        leader = member;
        newest = answer.getRaftTerm();
      }
    }
    return leader;
  }

  /** What a member has printed since it was started. */
  public String output(int member) {
    return members.get(member).output();
  }

  /** Ends a member as a power cut would. */
  public void kill9(int member) {
    members.get(member).kill9();
  }

  /** Ends all members at one moment, as a power cut would. */
  public void kill9All() {
    Member.signal("KILL", members.stream().map(Member::pid).toList());
    members.forEach(Member::kill9);
  }

  /** Gives a killed member another program from its next start on. */
  public void becomes(int member, Program program) {
    members.get(member).becomes(program);
  }

  /** Copies what a killed member has kept. */
  public void backUp(int member, Path target) {
    members.get(member).backUp(target);
  }

  /** Puts a copy in the place of what a killed member has kept. */
  public void putBack(int member, Path copy) {
    members.get(member).putBack(copy);
  }

  /** Starts a member again that was killed, or wiped and added again. */
  public void restart(int member) {
    String state = joining.contains(member) ? "existing" : "new";
    members.get(member).start(peerUrls.get(member), initialCluster(), state);
  }

  /** Asks a member to stop, and waits until its process has ended. */
  public void sigterm(int member) {
    members.get(member).sigterm();
  }

  /** Whether a member's process runs. */
  boolean isAlive(int member) {
    return members.get(member).isAlive();
  }

  /** Starts a process that thinks it is one of the members, at an address that nobody knows. */
  Member stranger(String name, Program program, Path dataDir) {
    Member stranger = new Member(name, program, dataDir);
    stranger.start(ServerProcess.url(stranger.peerPort()), initialCluster(), "new");
    return stranger;
  }

  /** A killed member's directory. */
  Path dataDir(int member) {
    return members.get(member).dataDir();
  }

  /**
   * Gives a killed member another address, which the cluster hears through another one; nothing
   * answers at the old one any more.
   */
  public void moves(int through, int member, long memberId) {
    members.get(member).moves();
    peerUrls.set(member, ServerProcess.url(net.move(member, members.get(member).peerPort())));
    MemberUpdateRequest request =
        MemberUpdateRequest.newBuilder().setID(memberId).addPeerURLs(peerUrls.get(member)).build();
    admin(through, "MemberUpdate", request, MemberUpdateResponse.getDefaultInstance());
  }

  /** Stops a member in its tracks. */
  public void pause(int member) {
    members.get(member).pause();
  }

  /** Lets a paused member go on. */
  public void resume(int member) {
    members.get(member).resume();
  }

  /** Deletes a killed member's data; it must be removed from the cluster and added anew. */
  public void wipe(int member) {
    members.get(member).wipe();
    joining.add(member);
  }

  /**
   * Tells the cluster, through one member, of a new voter, and starts it.
   *
   * @return its number
   */
  public int add(int through, Program program) {
    int number = prepare(program);
    joining.add(number);
    announce(through, number);
    restart(number);
    return number;
  }

  /**
   * Tells the cluster, through one member, of a new learner, which {@link #restart} then starts.
   *
   * @return its number
   */
  public int announceLearner(int through, Program program) {
    int number = prepare(program);
    joining.add(number);
    MemberAddRequest request =
        MemberAddRequest.newBuilder().addPeerURLs(peerUrls.get(number)).setIsLearner(true).build();
    admin(through, "MemberAdd", request, MemberAddResponse.getDefaultInstance());
    return number;
  }

  /** Has the cluster, through one member, let a learner vote as soon as it is far enough. */
  public void promote(int through, long memberId) {
    MemberPromoteRequest request = MemberPromoteRequest.newBuilder().setID(memberId).build();
    admin(through, "MemberPromote", request, MemberPromoteResponse.getDefaultInstance());
  }

  /** Waits until a member's process has ended by itself, and returns the exit code. */
  public int awaitEnd(int member) {
    return members.get(member).awaitEnd();
  }

  /** Where the others reach a member. */
  public String peerUrl(int member) {
    return peerUrls.get(member);
  }

  /** Tells the cluster, through one member, that another is back with nothing and a new id. */
  public void announce(int through, int member) {
    MemberAddRequest request =
        MemberAddRequest.newBuilder().addPeerURLs(peerUrls.get(member)).build();
    admin(through, "MemberAdd", request, MemberAddResponse.getDefaultInstance());
  }

  /** Has the cluster, through one member, remove the member with an id. */
  public void remove(int through, long memberId) {
    MemberRemoveRequest request = MemberRemoveRequest.newBuilder().setID(memberId).build();
    admin(through, "MemberRemove", request, MemberRemoveResponse.getDefaultInstance());
  }

  @Override
  public void close() {
    members.forEach(Member::close);
    net.close();
  }

  private int prepare(Program program) {
    int number = members.size();
    Member member = new Member("m" + number, program, directory.resolve("m" + number));
    peerUrls.add(ServerProcess.url(net.add(member.peerPort())));
    members.add(member);
    return number;
  }

  private String initialCluster() {
    return IntStream.range(0, members.size())
        .mapToObj(i -> members.get(i).name() + "=" + peerUrls.get(i))
        .collect(Collectors.joining(","));
  }

  /** Repeats a change while the cluster is not ready for it; it must not be applied twice. */
  private <R extends Message> void admin(int through, String method, Message request, R reply) {
    try (RawClient client = new RawClient(members.get(through).clientPort(), ADMIN_TIMEOUT_MS)) {
      Awaitility.await(method)
          .atMost(LIMIT)
          .pollInterval(POLL)
          .until(
              () -> {
                Reply<R> answer = client.call("etcdserverpb.Cluster/" + method, request, reply);
                boolean again =
                    !answer.ok()
                        && String.valueOf(answer.status().getDescription()).matches(NOT_YET);
                if (!answer.ok() && !again) {
                  throw new IllegalStateException(method + ": " + answer.status());
                }
                return answer.ok();
              });
    }
  }

  private String outputs() {
    return members.stream()
        .map(member -> member.name() + ":\n" + member.output())
        .collect(Collectors.joining("\n"));
  }
}
