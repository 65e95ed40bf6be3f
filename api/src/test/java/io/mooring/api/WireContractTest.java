package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.mooring.api.authpb.Auth;
import io.mooring.api.etcdserverpb.Rpc;
import io.mooring.api.health.HealthOuterClass;
import io.mooring.api.mvccpb.Kv;
import io.mooring.api.v3electionpb.V3Election;
import io.mooring.api.v3lockpb.V3Lock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Our protos say what etcd's contract says: every RPC, message, field number, type and name. */
class WireContractTest {

  private final List<String> rpcs = new ArrayList<>();
  private final List<String> enums = new ArrayList<>();
  private final List<String> messages = new ArrayList<>();

  @Test
  void protosMatchTheContract() throws IOException {
    for (FileDescriptor file :
        List.of(
            Rpc.getDescriptor(),
            Kv.getDescriptor(),
            Auth.getDescriptor(),
            V3Election.getDescriptor(),
            V3Lock.getDescriptor(),
            HealthOuterClass.getDescriptor())) {
      file.getServices().forEach(this::describe);
      file.getEnumTypes().forEach(this::describe);
      file.getMessageTypes().forEach(this::describe);
    }
    List<String> actual = new ArrayList<>();
    rpcs.stream().sorted().forEach(actual::add);
    enums.stream().sorted().forEach(actual::add);
    messages.stream().sorted().forEach(actual::add);
    assertThat(actual.stream().flatMap(String::lines)).containsExactlyElementsOf(contract());
  }

  private static List<String> contract() throws IOException {
    try (InputStream in = WireContractTest.class.getResourceAsStream("wire-contract.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    }
  }

  private void describe(ServiceDescriptor service) {
    for (MethodDescriptor method : service.getMethods()) {
      String kind =
          method.isClientStreaming()
              ? "bidi_stream"
              : method.isServerStreaming() ? "server_stream" : "unary";
      rpcs.add(
          "rpc /%s/%s %s %s %s"
              .formatted(
                  service.getFullName(),
                  method.getName(),
                  method.getInputType().getFullName(),
                  method.getOutputType().getFullName(),
                  kind));
    }
  }

  private void describe(EnumDescriptor type) {
    enums.add(
        "enum "
            + type.getFullName()
            + type.getValues().stream()
                .map(value -> " " + value.getName() + "=" + value.getNumber())
                .collect(Collectors.joining()));
  }

  private void describe(Descriptor type) {
    if (type.getOptions().getMapEntry()) {
      return;
    }
    StringBuilder out = new StringBuilder("message ").append(type.getFullName());
    for (FieldDescriptor field : type.getFields()) {
      out.append("\n  ")
          .append(field.getNumber())
          .append(' ')
          .append(field.getName())
          .append(' ')
          .append(type(field))
          .append(' ')
          .append(label(field));
    }
    messages.add(out.toString());
    type.getEnumTypes().forEach(this::describe);
    type.getNestedTypes().forEach(this::describe);
  }

  private static String type(FieldDescriptor field) {
    if (field.isMapField()) {
      return "map";
    }
    return switch (field.getJavaType()) {
      case MESSAGE -> field.getMessageType().getFullName();
      case ENUM -> field.getEnumType().getFullName();
      default -> field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String label(FieldDescriptor field) {
    OneofDescriptor oneof = field.getRealContainingOneof();
    if (oneof != null) {
      return "oneof:" + oneof.getName();
    }
    return field.isMapField() ? "map" : field.isRepeated() ? "repeated" : "singular";
  }
}
