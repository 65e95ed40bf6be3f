package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.it.cluster.TcpProxy.Route;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proxy by itself, between two sockets of the test. */
class TcpProxyTest {

  private static final int LIMIT_MS = 5_000;
  private static final int SILENCE_MS = 60;

  private final Link forth = new Link();
  private final Link back = new Link();
  private ServerSocket target;
  private TcpProxy proxy;
  private Socket client;
  private Socket server;

  @BeforeEach
  void connect() throws IOException {
    target = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    proxy = new TcpProxy(target.getLocalPort(), socket -> new Route(forth, back));
    client = open();
    server = accept();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    server.close();
    proxy.close();
    target.close();
  }

  @Test
  void passesBothWays() throws IOException {
    client.getOutputStream().write(1);
    assertThat(server.getInputStream().read()).isEqualTo(1);
    server.getOutputStream().write(2);
    assertThat(client.getInputStream().read()).isEqualTo(2);
    assertThat(forth.passedBytes()).isEqualTo(1);
  }

  @Test
  void aCutOneWayHoldsThatWayOnly() throws IOException {
    forth.cut();
    client.getOutputStream().write(1);
    assertSilent(server);
    assertThat(forth.passedBytes()).isZero();
    server.getOutputStream().write(2);
    assertThat(client.getInputStream().read()).isEqualTo(2);
    forth.heal();
    assertThat(server.getInputStream().read()).isEqualTo(1);
  }

  @Test
  void aConnectionOverACutIsAcceptedAndHearsNothingUntilItHeals() throws IOException {
    forth.cut();
    try (Socket late = open()) {
      late.getOutputStream().write(3);
      target.setSoTimeout(SILENCE_MS);
      assertThatThrownBy(target::accept).isInstanceOf(SocketTimeoutException.class);
      forth.heal();
      try (Socket reached = accept()) {
        assertThat(reached.getInputStream().read()).isEqualTo(3);
      }
    }
  }

  @Test
  void aDelayIsKept() throws IOException {
    long delayMs = 80;
    forth.delay(delayMs);
    long startNs = System.nanoTime();
    client.getOutputStream().write(1);
    assertThat(server.getInputStream().read()).isEqualTo(1);
    assertThat(System.nanoTime() - startNs)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(delayMs));
  }

  @Test
  void aResetIsHeardOnBothSides() {
    proxy.reset(route -> route.forth() == forth);
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @Test
  void theEndOfOneWayIsPassedOn() throws IOException {
    client.shutdownOutput();
    assertThat(server.getInputStream().read()).isEqualTo(-1);
    server.getOutputStream().write(5);
    assertThat(client.getInputStream().read()).isEqualTo(5);
  }

  @Test
  void theOwnerOfASocketIsFound() {
    long own = ProcessHandle.current().pid();
    assertThat(SocketOwner.find(client.getLocalPort(), List.of(0L, own))).isEqualTo(1);
    assertThat(SocketOwner.find(client.getLocalPort(), List.of(0L))).isEqualTo(-1);
  }

  private Socket open() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    socket.setSoTimeout(LIMIT_MS);
    return socket;
  }

  private Socket accept() throws IOException {
    target.setSoTimeout(LIMIT_MS);
    Socket socket = target.accept();
    socket.setSoTimeout(LIMIT_MS);
    return socket;
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SILENCE_MS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(LIMIT_MS);
  }
}
