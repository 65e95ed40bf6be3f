package io.mooring.wire.http;

import io.mooring.service.MemberInfo;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/** etcd's {@code /version}, which client URLs and peer URLs have alike. Any loop. */
public final class VersionPage implements Handler<HttpServerRequest> {

  /** Where it is. */
  public static final String PATH = "/version";

  private final String body;

  /** Creates the page of a member. */
  public VersionPage(MemberInfo member) {
    this.body =
        new JsonObject()
            .put("etcdserver", member.etcdVersion())
            .put("etcdcluster", member.clusterVersion())
            .put("storage", member.clusterVersion())
            .put("mooring", member.ownVersion())
            .encode();
  }

  String body() {
    return body;
  }

  @Override
  public void handle(HttpServerRequest request) {
    request.response().putHeader("Content-Type", HttpRoutes.JSON).end(body);
  }
}
