package io.mooring.it;

import static io.etcd.jetcd.common.exception.EtcdExceptionFactory.toEtcdException;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What tests by jetcd share. */
final class Jetcd {

  /** The lowest key, and as the end of a range the end of all keys. */
  static final ByteSequence ALL = ByteSequence.from(new byte[1]);

  private static final long LIMIT_SECONDS = 30;

  private Jetcd() {}

  static Client client(int port) {
    return Client.builder().endpoints("http://127.0.0.1:" + port).build();
  }

  static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  static String text(ByteSequence bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** {@code key=value} of each. */
  static List<String> pairs(List<KeyValue> kvs) {
    return kvs.stream().map(kv -> text(kv.getKey()) + "=" + text(kv.getValue())).toList();
  }

  static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Fails unless jetcd understands a refusal as this code, with this text. */
  static void assertRefused(CompletableFuture<?> future, ErrorCode code, String text) {
    EtcdException thrown = toEtcdException(catchThrowable(() -> get(future)));
    assertThat(thrown.getErrorCode()).as(thrown.toString()).isEqualTo(code);
    assertThat(thrown).hasMessageEndingWith(text);
  }
}
