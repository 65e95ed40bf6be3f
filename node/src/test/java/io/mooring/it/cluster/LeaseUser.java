package io.mooring.it.cluster;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.check.LeaseTape;
import io.mooring.check.LeaseTape.Renewal;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Grants leases with a key each, keeps them alive for a while, and lets them expire. */
final class LeaseUser implements Runnable {

  private static final long TTL_SECONDS = 2;
  private static final int KEEP_ALIVES = 3;
  private static final long BETWEEN_MS = 400;
  private static final long ANSWER_MS = 1_000;

  private final Endpoints endpoints;
  private final CountDownLatch stop;
  private final List<LeaseTape> leases = new ArrayList<>();

  LeaseUser(Endpoints endpoints, CountDownLatch stop) {
    this.endpoints = endpoints;
    this.stop = stop;
  }

  /** Leases it has used; to be read after its thread has ended. */
  List<LeaseTape> leases() {
    return leases;
  }

  @Override
  public void run() {
    try (endpoints) {
      while (!stop.await(BETWEEN_MS, TimeUnit.MILLISECONDS)) {
        useOne();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void useOne() throws InterruptedException {
    long callNs = System.nanoTime();
    Reply<LeaseGrantResponse> granted =
        endpoints
            .current()
            .call(
                "etcdserverpb.Lease/LeaseGrant",
                LeaseGrantRequest.newBuilder().setTTL(TTL_SECONDS).build(),
                LeaseGrantResponse.getDefaultInstance());
    if (!granted.ok()) {
      endpoints.next();
      return;
    }
    long leaseId = granted.value().getID();
    String key = "lease/" + Long.toHexString(leaseId);
    PutRequest put = Calls.put(key, key, false).toBuilder().setLease(leaseId).build();
    Reply<PutResponse> attached =
        endpoints.current().call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance());
    List<Renewal> renewals = new ArrayList<>();
    renewals.add(new Renewal(callNs, granted.value().getTTL()));
    if (attached.ok()) {
      leases.add(new LeaseTape(leaseId, key, renewals));
    }
    for (int i = 0; i < KEEP_ALIVES && !stop.await(BETWEEN_MS, TimeUnit.MILLISECONDS); i++) {
      long askedNs = System.nanoTime();
      long ttlSeconds = keepAlive(endpoints.current(), leaseId);
      renewals.add(new Renewal(askedNs, ttlSeconds));
    }
  }

  /** Seconds answered; 0 when there was no answer in time, which proves nothing. */
  private static long keepAlive(RawClient client, long leaseId) throws InterruptedException {
    CompletableFuture<Long> ttlSeconds = new CompletableFuture<>();
    StreamObserver<LeaseKeepAliveRequest> requests =
        client.stream(
            "etcdserverpb.Lease/LeaseKeepAlive",
            LeaseKeepAliveRequest.getDefaultInstance(),
            LeaseKeepAliveResponse.getDefaultInstance(),
            new StreamObserver<LeaseKeepAliveResponse>() {
              @Override
              public void onNext(LeaseKeepAliveResponse response) {
                ttlSeconds.complete(response.getTTL());
              }

              @Override
              public void onError(Throwable cause) {
                ttlSeconds.complete(0L);
              }

              @Override
              public void onCompleted() {
                ttlSeconds.complete(0L);
              }
            });
    requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(leaseId).build());
    try {
      return ttlSeconds.get(ANSWER_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return 0;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      requests.onError(Status.CANCELLED.asException());
    }
  }
}
