package io.mooring.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmRequest.AlarmAction;
import io.mooring.api.etcdserverpb.AlarmResponse;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.error.ServerError;
import io.mooring.wire.MemberFixture;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP/1.1 face, byte by byte over a socket, on the port that also serves gRPC. */
class HttpRoutesTest {

  @TempDir private static Path directory;
  private static MemberFixture member;

  @BeforeAll
  static void start() throws Exception {
    member = new MemberFixture(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    member.close();
  }

  @AfterEach
  void heal() {
    member.consensus.fault(null);
    member.consensus.leader(0x10);
    alarm(AlarmAction.DEACTIVATE, AlarmType.NOSPACE);
    alarm(AlarmAction.DEACTIVATE, AlarmType.CORRUPT);
  }

  private static void alarm(AlarmAction action, AlarmType type) {
    member.call(
        "Maintenance/Alarm",
        AlarmRequest.newBuilder().setAction(action).setMemberID(0x10).setAlarm(type).build(),
        AlarmResponse.getDefaultInstance());
  }

  private static String ask(String method, String path) {
    try (Socket socket = new Socket("127.0.0.1", member.wire.port())) {
      socket.setSoTimeout(20_000);
      String request = method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    }
  }

  private static void assertAnswer(String answer, int status, String body) {
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").endsWith("\r\n\r\n" + body);
  }

  @Test
  void version() {
    String answer = ask("GET", "/version");
    assertAnswer(
        answer,
        200,
        "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"3.7.0\",\"storage\":\"3.7.0\","
            + "\"mooring\":\"0.1.0\"}");
    assertThat(answer.toLowerCase(Locale.ROOT)).contains("content-type: application/json");
  }

  @Test
  void healthy() {
    assertAnswer(ask("GET", "/health"), 200, "{\"health\":\"true\",\"reason\":\"\"}");
  }

  @Test
  void unhealthyByAlarmLeaderOrRead() {
    alarm(AlarmAction.ACTIVATE, AlarmType.NOSPACE);
    String alarmed = "{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}\n";
    assertAnswer(ask("GET", "/health"), 503, alarmed);
    assertThat(ask("GET", "/health?exclude=NOSPACE")).startsWith("HTTP/1.1 200");
    alarm(AlarmAction.DEACTIVATE, AlarmType.NOSPACE);
    member.consensus.leader(0);
    assertAnswer(
        ask("GET", "/health"), 503, "{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}\n");
    assertThat(ask("GET", "/health?serializable=true")).startsWith("HTTP/1.1 200");
    member.consensus.leader(0x10);
    member.consensus.fault(ServerError.TIMEOUT);
    assertAnswer(
        ask("GET", "/health"),
        503,
        "{\"health\":\"false\",\"reason\":\"RANGE ERROR:etcdserver: request timed out\"}\n");
  }

  @Test
  void probes() {
    assertAnswer(ask("GET", "/livez"), 200, "ok\n");
    assertAnswer(ask("GET", "/livez?verbose"), 200, "[+]serializable_read ok\nok\n");
    assertAnswer(ask("GET", "/readyz"), 200, "ok\n");
    assertAnswer(ask("GET", "/readyz/non_learner"), 200, "ok\n");
    alarm(AlarmAction.ACTIVATE, AlarmType.CORRUPT);
    assertAnswer(
        ask("GET", "/readyz"),
        503,
        "[-]data_corruption failed: alarm activated: CORRUPT\n[+]serializable_read ok\n"
            + "[+]linearizable_read ok\n[+]non_learner ok\n");
    assertAnswer(ask("GET", "/readyz?exclude=data_corruption&exclude=nope"), 200, "ok\n");
    member.consensus.fault(ServerError.LEADER_CHANGED);
    assertAnswer(
        ask("GET", "/readyz/linearizable_read"),
        503,
        "[-]linearizable_read failed: etcdserver: leader changed\n");
    assertAnswer(ask("GET", "/livez"), 200, "ok\n");
  }

  @Test
  void onlyGetAndOnlyKnownPaths() {
    String refused = ask("POST", "/health");
    assertAnswer(refused, 405, "Method Not Allowed\n");
    assertThat(refused.toLowerCase(Locale.ROOT)).contains("allow: get");
    assertThat(ask("HEAD", "/version")).startsWith("HTTP/1.1 405");
    assertAnswer(ask("GET", "/nope"), 404, "404 page not found\n");
    assertAnswer(ask("GET", "/health/"), 404, "404 page not found\n");
    assertAnswer(ask("GET", "/v2/keys"), 404, "404 page not found\n");
  }

  @Test
  void metricsAndGrpcShareThePort() {
    assertAnswer(ask("GET", "/metrics"), 200, "m 1\n");
    alarm(AlarmAction.GET, AlarmType.NONE);
  }
}
