package io.mooring.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Clients compare whole texts: each stands exactly once, with etcd's code. */
class EtcdErrorTest {

  /** The catalogue as etcd 3.7 has it (rpctypes/error.go), written out a second time on purpose. */
  private static final String CATALOGUE =
      """
      INVALID_ARGUMENT etcdserver: key is not provided
      INVALID_ARGUMENT etcdserver: key not found
      INVALID_ARGUMENT etcdserver: value is provided
      INVALID_ARGUMENT etcdserver: lease is provided
      INVALID_ARGUMENT etcdserver: too many operations in txn request
      INVALID_ARGUMENT etcdserver: duplicate key given in txn request
      INVALID_ARGUMENT etcdserver: invalid client api version
      INVALID_ARGUMENT etcdserver: invalid sort option
      INVALID_ARGUMENT etcdserver: given member URLs are invalid
      INVALID_ARGUMENT etcdserver: request is too large
      INVALID_ARGUMENT etcdserver: user name is empty
      INVALID_ARGUMENT etcdserver: role name is empty
      INVALID_ARGUMENT etcdserver: authentication failed, invalid user ID or password
      INVALID_ARGUMENT etcdserver: permission not given
      INVALID_ARGUMENT etcdserver: invalid auth management
      INVALID_ARGUMENT etcdserver: revision of auth store is old
      INVALID_ARGUMENT etcdserver: wrong downgrade target version format
      INVALID_ARGUMENT etcdserver: invalid downgrade target version
      OUT_OF_RANGE etcdserver: mvcc: required revision has been compacted
      OUT_OF_RANGE etcdserver: mvcc: required revision is a future revision
      OUT_OF_RANGE etcdserver: too large lease TTL
      RESOURCE_EXHAUSTED etcdserver: mvcc: database space exceeded
      NOT_FOUND etcdserver: requested lease not found
      NOT_FOUND etcdserver: member not found
      FAILED_PRECONDITION etcdserver: lease already exists
      FAILED_PRECONDITION etcdserver: member ID already exist
      FAILED_PRECONDITION etcdserver: Peer URLs already exists
      FAILED_PRECONDITION etcdserver: can only promote a learner member
      FAILED_PRECONDITION etcdserver: can only promote a learner member which is in sync with leader
      FAILED_PRECONDITION etcdserver: too many learner members in cluster
      FAILED_PRECONDITION etcdserver: cluster ID mismatch
      FAILED_PRECONDITION etcdserver: root user does not exist
      FAILED_PRECONDITION etcdserver: root user does not have root role
      FAILED_PRECONDITION etcdserver: user name already exists
      FAILED_PRECONDITION etcdserver: user name not found
      FAILED_PRECONDITION etcdserver: role name already exists
      FAILED_PRECONDITION etcdserver: role name not found
      FAILED_PRECONDITION etcdserver: role is not granted to the user
      FAILED_PRECONDITION etcdserver: permission is not granted to the role
      FAILED_PRECONDITION etcdserver: authentication is not enabled
      FAILED_PRECONDITION etcdserver: not leader
      FAILED_PRECONDITION etcdserver: not capable
      FAILED_PRECONDITION etcdserver: rpc not supported for learner
      FAILED_PRECONDITION etcdserver: bad leader transferee
      FAILED_PRECONDITION etcdserver: cluster version not found during downgrade
      FAILED_PRECONDITION etcdserver: cluster has a downgrade job in progress
      FAILED_PRECONDITION etcdserver: no inflight downgrade job
      PERMISSION_DENIED etcdserver: permission denied
      UNAUTHENTICATED etcdserver: invalid auth token
      UNAVAILABLE etcdserver: no leader
      UNAVAILABLE etcdserver: leader changed
      UNAVAILABLE etcdserver: server stopped
      UNAVAILABLE etcdserver: request timed out
      UNAVAILABLE etcdserver: request timed out, possibly due to previous leader failure
      UNAVAILABLE etcdserver: request timed out, possibly due to connection lost
      UNAVAILABLE etcdserver: request timed out, waiting for the applied index took too long
      UNAVAILABLE etcdserver: unhealthy cluster
      DATA_LOSS etcdserver: corrupt cluster
      CANCELLED etcdserver: watch canceled
      CANCELLED etcdserver: request canceled
      DEADLINE_EXCEEDED context deadline exceeded
      UNKNOWN etcdserver: re-configuration failed due to not enough started members
      UNKNOWN etcdserver: too many requests
      UNKNOWN auth: authentication failed, password was given for no password user
      UNKNOWN etcdserver: request timed out, leader transfer took too long
      UNKNOWN etcdserver: unknown method
      UNKNOWN not a primary lessor
      UNKNOWN raft proposal dropped
      UNKNOWN bcrypt: password length exceeds 72 bytes
      UNIMPLEMENTED RangeStream does not support custom sort orders
      UNIMPLEMENTED RangeStream does not support revision filters
      """;

  @Test
  void everyTextOfTheCatalogueExistsOnceWithItsCode() {
    Set<String> expected = new HashSet<>(CATALOGUE.lines().toList());
    List<String> actual = new ArrayList<>();
    for (EtcdError error : all()) {
      actual.add(error.code() + " " + error.text());
    }
    assertThat(actual).doesNotHaveDuplicates();
    assertThat(actual.stream().map(line -> line.substring(line.indexOf(' '))))
        .doesNotHaveDuplicates();
    assertThat(new HashSet<>(actual)).isEqualTo(expected);
  }

  @Test
  void anExceptionCarriesItsRefusalAndNoStack() {
    EtcdException exception = KvError.COMPACTED.exception();
    assertThat(exception.error()).isSameAs(KvError.COMPACTED);
    assertThat(exception).hasMessage(KvError.COMPACTED.text());
    assertThat(exception.getStackTrace()).isEmpty();
  }

  @Test
  void codesHaveTheNumbersOfGrpc() {
    assertThat(Code.CANCELLED.number()).isEqualTo(1);
    assertThat(Code.UNAUTHENTICATED.number()).isEqualTo(16);
    for (Code code : Code.values()) {
      assertThat(code.number()).isEqualTo(code.ordinal() + 1);
    }
  }

  private static List<EtcdError> all() {
    List<EtcdError> all = new ArrayList<>();
    all.addAll(List.of(KvError.values()));
    all.addAll(List.of(LeaseError.values()));
    all.addAll(List.of(AuthError.values()));
    all.addAll(List.of(ClusterError.values()));
    all.addAll(List.of(ServerError.values()));
    return all;
  }
}
