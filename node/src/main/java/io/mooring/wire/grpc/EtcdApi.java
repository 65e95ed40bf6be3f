package io.mooring.wire.grpc;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.mooring.api.etcdserverpb.Rpc;
import io.mooring.api.health.HealthOuterClass;
import io.mooring.api.v3electionpb.V3Election;
import io.mooring.api.v3lockpb.V3Lock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every RPC of the client API, served already or not, as its proto files declare them. */
public final class EtcdApi {

  /** All RPCs, in the order of the files. */
  public static final List<GrpcMethod> METHODS = readMethods();

  private static final Map<String, GrpcMethod> BY_PATH = index();

  private EtcdApi() {}

  /** The RPC with a path such as {@code /etcdserverpb.KV/Put}, or null. */
  public static @Nullable GrpcMethod byPath(String path) {
    return BY_PATH.get(path);
  }

  /** Whether some RPC of the API belongs to a service. */
  public static boolean hasService(String service) {
    return METHODS.stream().anyMatch(method -> method.service().equals(service));
  }

  private static List<GrpcMethod> readMethods() {
    List<FileDescriptor> files =
        List.of(
            Rpc.getDescriptor(),
            V3Election.getDescriptor(),
            V3Lock.getDescriptor(),
            HealthOuterClass.getDescriptor());
    List<GrpcMethod> methods = new ArrayList<>();
    for (FileDescriptor file : files) {
      for (ServiceDescriptor service : file.getServices()) {
        for (MethodDescriptor method : service.getMethods()) {
          methods.add(new GrpcMethod(service.getFullName(), method.getName(), kind(method)));
        }
      }
    }
    return List.copyOf(methods);
  }

  private static GrpcMethod.Kind kind(MethodDescriptor method) {
    if (method.isClientStreaming()) {
      return method.isServerStreaming()
          ? GrpcMethod.Kind.BIDI_STREAM
          : GrpcMethod.Kind.CLIENT_STREAM;
    }
    return method.isServerStreaming() ? GrpcMethod.Kind.SERVER_STREAM : GrpcMethod.Kind.UNARY;
  }

  private static Map<String, GrpcMethod> index() {
    Map<String, GrpcMethod> byPath = new LinkedHashMap<>();
    for (GrpcMethod method : METHODS) {
      byPath.put(method.path(), method);
    }
    return byPath;
  }
}
