package io.mooring.it.cluster;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import java.util.ArrayList;
import java.util.List;

/** Single calls to the members of a cluster, each answered or not within a time. For one thread. */
final class Puts implements AutoCloseable {

  private final List<RawClient> clients = new ArrayList<>();

  Puts(ServerCluster cluster, long timeoutMs) {
    for (int port : cluster.clientPorts()) {
      clients.add(new RawClient(port, timeoutMs));
    }
  }

  Reply<PutResponse> put(int member, String key, String value) {
    PutRequest put =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFromUtf8(value))
            .build();
    clients.get(member).connectSoon();
    return clients.get(member).call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance());
  }

  Reply<RangeResponse> get(int member, String key, boolean serializable) {
    RangeRequest range =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setSerializable(serializable)
            .build();
    clients.get(member).connectSoon();
    return clients
        .get(member)
        .call("etcdserverpb.KV/Range", range, RangeResponse.getDefaultInstance());
  }

  /** The value that a linearizable read finds. */
  String value(int member, String key) {
    return get(member, key, false).value().getKvs(0).getValue().toStringUtf8();
  }

  @Override
  public void close() {
    clients.forEach(RawClient::close);
  }
}
