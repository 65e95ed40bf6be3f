package io.mooring.machine.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.mvccpb.KeyValue;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The hand-written bytes are those of any protobuf writer. */
class KeyValueCodecTest {

  @Test
  void encodesAsProtobufDoes() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] key = bytes(random, 1 + size(random));
      byte[] value = bytes(random, size(random));
      long create = 1 + (random.nextLong() >>> (1 + random.nextInt(62)));
      long mod = create + (Long.MAX_VALUE - create >>> random.nextInt(63));
      long version = 1 + (random.nextLong() >>> (1 + random.nextInt(62)));
      long lease = random.nextInt(3) == 0 ? 0 : random.nextLong() >> random.nextInt(64);
      KeyValue message =
          KeyValue.newBuilder()
              .setKey(ByteString.copyFrom(key))
              .setCreateRevision(create)
              .setModRevision(mod)
              .setVersion(version)
              .setValue(ByteString.copyFrom(value))
              .setLease(lease)
              .build();
      byte[] encoded = KeyValueCodec.encode(key, create, mod, version, message.getValue(), lease);
      assertThat(encoded).as("round %s", i).isEqualTo(message.toByteArray());
      assertThat(KeyValueCodec.value(encoded)).isEqualTo(message.getValue());
      assertThat(KeyValueCodec.parse(encoded)).isEqualTo(message);
      assertThat(KeyValueCodec.parse(ByteBuffer.wrap(encoded).asReadOnlyBuffer()))
          .isEqualTo(message);
      assertThat(KeyValueCodec.encodeKeyOnly(key, create, mod, version, lease))
          .isEqualTo(message.toBuilder().clearValue().build().toByteArray());
    }
  }

  @Test
  void sizesOfVarints() {
    assertThat(KeyValueCodec.varintSize(0)).isEqualTo(1);
    assertThat(KeyValueCodec.varintSize(127)).isEqualTo(1);
    assertThat(KeyValueCodec.varintSize(128)).isEqualTo(2);
    assertThat(KeyValueCodec.varintSize(Long.MAX_VALUE)).isEqualTo(9);
    assertThat(KeyValueCodec.varintSize(-1)).isEqualTo(10);
  }

  private static int size(SplittableRandom random) {
    return random.nextInt(20) == 0 ? random.nextInt(20_000) : random.nextInt(200);
  }

  private static byte[] bytes(SplittableRandom random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }
}
