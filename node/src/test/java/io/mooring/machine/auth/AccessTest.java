package io.mooring.machine.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.ExpireLeases;
import io.mooring.error.AuthError;
import io.mooring.machine.mvcc.KeyRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The normalised description of what each request touches. */
class AccessTest {

  private static final AuthTable ON = new AuthTable(true, 1);

  @Test
  void transactionsNameBothBranchesComparesAndLeasesAtEveryDepth() {
    TxnRequest inner =
        TxnRequest.newBuilder()
            .addCompare(Compare.newBuilder().setKey(bytes("compared")).setRangeEnd(bytes("\0")))
            .addFailure(
                RequestOp.newBuilder()
                    .setRequestPut(
                        PutRequest.newBuilder().setKey(bytes("put")).setLease(7).setPrevKv(true)))
            .build();
    TxnRequest txn =
        TxnRequest.newBuilder()
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestRange(RangeRequest.newBuilder().setKey(bytes("read"))))
            .addFailure(RequestOp.newBuilder().setRequestTxn(inner))
            .addFailure(
                RequestOp.newBuilder()
                    .setRequestDeleteRange(
                        DeleteRangeRequest.newBuilder().setKey(bytes("d")).setRangeEnd(bytes("e"))))
            .build();
    Access access = Access.of(txn);
    assertThat(shown(access.reads())).containsExactly("read", "compared..", "put");
    assertThat(shown(access.writes())).containsExactly("put", "d..e");
    assertThat(access.leasesWritten()).containsExactly(7L);
    assertThat(access.need()).isEqualTo(Access.Need.PERMISSIONS);
  }

  @Test
  void everyCommandSaysWhatItNeeds() {
    assertThat(need(Command.newBuilder().setCompaction(CompactionRequest.newBuilder())))
        .isEqualTo(Access.Need.ROOT);
    assertThat(need(Command.newBuilder().setLeaseGrant(LeaseGrantRequest.newBuilder())))
        .isEqualTo(Access.Need.USER);
    assertThat(need(Command.newBuilder().setAlarm(AlarmRequest.newBuilder())))
        .isEqualTo(Access.Need.USER);
    assertThat(
            need(
                Command.newBuilder()
                    .setAlarm(
                        AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.ACTIVATE))))
        .isEqualTo(Access.Need.ROOT);
    assertThat(need(Command.newBuilder().setExpireLeases(ExpireLeases.newBuilder())))
        .isEqualTo(Access.Need.NOTHING);
    Access revoke =
        Access.of(
            Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(5)).build());
    assertThat(revoke.leasesWritten()).containsExactly(5L);
  }

  @Test
  void whatIsNotKnownToBeAllowedIsDenied() {
    Access access = Access.reading(new KeyRange(new byte[] {1}, null, true));
    assertThat(Authorizer.check(AuthTable.OFF, Caller.ANONYMOUS, access)).isNull();
    assertThat(Authorizer.check(ON, Caller.ANONYMOUS, access)).isEqualTo(AuthError.USER_EMPTY);
    assertThat(Authorizer.check(ON, new Caller("u", 1), access))
        .isEqualTo(AuthError.PERMISSION_DENIED);
    assertThat(Authorizer.check(ON, Caller.ANONYMOUS, Access.need(Access.Need.NOTHING))).isNull();
  }

  private static Access.Need need(Command.Builder command) {
    return Access.of(command.build()).need();
  }

  private static List<String> shown(List<KeyRange> ranges) {
    return ranges.stream()
        .map(
            range -> {
              String from = new String(range.from(), StandardCharsets.UTF_8);
              byte[] to = range.to();
              String end = to == null ? "" : new String(to, StandardCharsets.UTF_8);
              return range.point() ? from : from + ".." + end;
            })
        .toList();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
