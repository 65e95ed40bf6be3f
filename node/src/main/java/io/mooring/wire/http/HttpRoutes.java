package io.mooring.wire.http;

import io.mooring.service.MemberInfo;
import io.mooring.service.Probes;
import io.mooring.service.Probes.Check;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;

/**
 * The HTTP/1.1 face: version, health, probes and metrics, with etcd's exact bodies. Only GET is
 * allowed, not even HEAD. One for each client loop.
 */
public final class HttpRoutes implements Handler<HttpServerRequest> {

  private static final String TEXT = "text/plain; charset=utf-8";
  static final String JSON = "application/json";

  private final Probes probes;
  private final MetricsPage metrics;
  private final Router router;

  /** Renders the metrics. */
  @FunctionalInterface
  public interface MetricsPage {
    /**
     * Renders all metrics.
     *
     * @param accept the client's Accept header, empty for none
     * @return completes on the client loop
     */
    Future<Page> render(String accept);
  }

  /** A rendered page. */
  public record Page(String contentType, Buffer body) {}

  /** Creates the face of a loop. */
  public HttpRoutes(Vertx vertx, MemberInfo member, Probes probes, MetricsPage metrics) {
    this.probes = probes;
    this.metrics = metrics;
    this.router = Router.router(vertx);
    VersionPage version = new VersionPage(member);
    get(VersionPage.PATH, context -> answer(context, 200, JSON, version.body()));
    get("/health", this::health);
    get("/metrics", this::metrics);
    probe("/livez", false, Probes.LIVE);
    probe("/readyz", true, Probes.READY);
    router.route().handler(context -> answer(context, 404, TEXT, "404 page not found\n"));
  }

  @Override
  public void handle(HttpServerRequest request) {
    router.handle(request);
  }

  private void get(String path, Handler<RoutingContext> handler) {
    router
        .route(path)
        .handler(
            context -> {
              HttpServerRequest request = context.request();
              if (!path.equals(request.path())) {
                context.next();
              } else if (request.method() != HttpMethod.GET) {
                context.response().putHeader("Allow", "GET");
                answer(context, 405, TEXT, "Method Not Allowed\n");
              } else {
                handler.handle(context);
              }
            });
  }

  /** A probe, and each of its checks alone. */
  private void probe(String path, boolean readiness, List<Check> checks) {
    get(path, context -> probe(context, readiness, checks));
    for (Check check : checks) {
      get(path + "/" + check.label(), context -> probe(context, readiness, List.of(check)));
    }
  }

  private void probe(RoutingContext context, boolean readiness, List<Check> all) {
    List<String> excluded = context.queryParam("exclude");
    List<Check> checks = all.stream().filter(c -> !excluded.contains(c.label())).toList();
    List<Future<String>> running = checks.stream().map(probes::run).toList();
    Future.all(running).onSuccess(done -> report(context, readiness, checks, running));
  }

  private void report(
      RoutingContext context, boolean readiness, List<Check> checks, List<Future<String>> done) {
    StringBuilder lines = new StringBuilder();
    boolean failed = false;
    for (int i = 0; i < checks.size(); i++) {
      String fault = done.get(i).result();
      String label = checks.get(i).label();
      probes.note(readiness, checks.get(i), fault.isEmpty());
      if (fault.isEmpty()) {
        lines.append("[+]").append(label).append(" ok\n");
      } else {
        failed = true;
        lines.append("[-]").append(label).append(" failed: ").append(fault).append('\n');
      }
    }
    if (failed) {
      answer(context, 503, TEXT, lines.toString());
    } else {
      boolean verbose = context.request().params().contains("verbose");
      answer(context, 200, TEXT, (verbose ? lines.toString() : "") + "ok\n");
    }
  }

  private void health(RoutingContext context) {
    Set<String> excluded = Set.copyOf(context.queryParam("exclude"));
    boolean serializable = "true".equals(context.request().getParam("serializable"));
    probes
        .health(excluded, serializable)
        .onSuccess(
            reason -> {
              String body =
                  new JsonObject()
                      .put("health", String.valueOf(reason.isEmpty()))
                      .put("reason", reason)
                      .encode();
              if (reason.isEmpty()) {
                answer(context, 200, TEXT, body);
              } else {
                answer(context, 503, TEXT, body + "\n");
              }
            });
  }

  private void metrics(RoutingContext context) {
    String accept = context.request().getHeader("Accept");
    metrics
        .render(accept == null ? "" : accept)
        .onSuccess(page -> answer(context, 200, page.contentType(), page.body()))
        .onFailure(cause -> answer(context, 503, TEXT, cause.getMessage() + "\n"));
  }

  private static void answer(RoutingContext context, int status, String type, String body) {
    answer(context, status, type, Buffer.buffer(body));
  }

  private static void answer(RoutingContext context, int status, String type, Buffer body) {
    HttpServerResponse response = context.response();
    if (!response.closed()) {
      response.setStatusCode(status).putHeader("Content-Type", type).end(body);
    }
  }
}
