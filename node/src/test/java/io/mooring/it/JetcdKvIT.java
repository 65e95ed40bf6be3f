package io.mooring.it;

import static io.mooring.it.Jetcd.ALL;
import static io.mooring.it.Jetcd.assertRefused;
import static io.mooring.it.Jetcd.bytes;
import static io.mooring.it.Jetcd.get;
import static io.mooring.it.Jetcd.pairs;
import static io.mooring.it.Jetcd.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.kv.DeleteResponse;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.PutResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.CompactOption;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.GetOption.SortOrder;
import io.etcd.jetcd.options.GetOption.SortTarget;
import io.etcd.jetcd.options.PutOption;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every KV call and option of jetcd. */
class JetcdKvIT {

  @TempDir Path temp;

  private TestNode mooring;
  private Client client;
  private KV kv;

  @BeforeEach
  void start() {
    mooring = TestNode.start(temp, "memory");
    client = Jetcd.client(mooring.clientPort());
    kv = client.getKVClient();
  }

  @AfterEach
  void stop() {
    client.close();
    mooring.close();
  }

  private PutResponse put(String key, String value) {
    return get(kv.put(bytes(key), bytes(value)));
  }

  private List<String> list(String key, GetOption.Builder options) {
    return pairs(get(kv.get(bytes(key), options.build())).getKvs());
  }

  private List<String> list(GetOption.Builder options) {
    return pairs(get(kv.get(ALL, options.withRange(ALL).build())).getKvs());
  }

  private static GetOption.Builder prefix() {
    return GetOption.builder().isPrefix(true);
  }

  private static GetOption everything() {
    return GetOption.builder().withRange(ALL).build();
  }

  @Test
  void putAnswersWithRevisionsAndOnDemandWithWhatWasThere() {
    PutResponse first = put("k", "1");
    assertThat(first.getHeader().getRevision()).isEqualTo(2);
    assertThat(first.getHeader().getClusterId()).isNotZero();
    assertThat(first.getHeader().getMemberId()).isNotZero();
    assertThat(first.getHeader().getRaftTerm()).isPositive();
    assertThat(first.hasPrevKv()).isFalse();
    PutOption previous = PutOption.builder().withPrevKV().build();
    PutResponse second = get(kv.put(bytes("k"), bytes("2"), previous));
    assertThat(second.hasPrevKv()).isTrue();
    assertThat(text(second.getPrevKv().getValue())).isEqualTo("1");
    assertThat(get(kv.put(bytes("new"), bytes("1"), previous)).hasPrevKv()).isFalse();
    KeyValue now = get(kv.get(bytes("k"))).getKvs().get(0);
    assertThat(now.getCreateRevision()).isEqualTo(2);
    assertThat(now.getModRevision()).isEqualTo(3);
    assertThat(now.getVersion()).isEqualTo(2);
    assertThat(now.getLease()).isZero();
  }

  @Test
  void putAttachesToALease() {
    long lease = get(client.getLeaseClient().grant(60)).getID();
    get(kv.put(bytes("k"), bytes("v"), PutOption.builder().withLeaseId(lease).build()));
    assertThat(get(kv.get(bytes("k"))).getKvs().get(0).getLease()).isEqualTo(lease);
  }

  @Test
  void getTakesARangeAPrefixOrAll() {
    for (String key : List.of("a", "ab", "b", "c")) {
      put(key, key.toUpperCase());
    }
    assertThat(list("a", GetOption.builder())).containsExactly("a=A");
    assertThat(list("nothing", GetOption.builder())).isEmpty();
    assertThat(list("a", GetOption.builder().withRange(bytes("c"))))
        .containsExactly("a=A", "ab=AB", "b=B");
    assertThat(list("a", prefix())).containsExactly("a=A", "ab=AB");
    assertThat(list(GetOption.builder())).containsExactly("a=A", "ab=AB", "b=B", "c=C");
    assertThat(list("b", GetOption.builder().withRange(ALL))).containsExactly("b=B", "c=C");
    assertThat(list("b", GetOption.builder().withRange(bytes("a")))).isEmpty();
  }

  @Test
  void getLimitsCountsAndLeavesValuesAway() {
    for (int i = 0; i < 10; i++) {
      put("k" + i, "v" + i);
    }
    GetResponse some = get(kv.get(bytes("k"), prefix().withLimit(3).build()));
    assertThat(pairs(some.getKvs())).containsExactly("k0=v0", "k1=v1", "k2=v2");
    assertThat(some.isMore()).isTrue();
    assertThat(some.getCount()).isEqualTo(10);
    GetResponse whole = get(kv.get(bytes("k"), prefix().withLimit(10).build()));
    assertThat(whole.isMore()).isFalse();
    GetResponse count = get(kv.get(bytes("k"), prefix().withCountOnly(true).build()));
    assertThat(count.getKvs()).isEmpty();
    assertThat(count.getCount()).isEqualTo(10);
    assertThat(list("k", prefix().withKeysOnly(true).withLimit(2))).containsExactly("k0=", "k1=");
  }

  @Test
  void getSortsByEveryTargetInBothOrders() {
    put("a", "2");
    put("b", "3");
    put("c", "1");
    put("b", "3");
    put("b", "3");
    put("a", "2");
    for (SortTarget target : SortTarget.values()) {
      List<String> expected =
          switch (target) {
            case KEY -> List.of("a=2", "b=3", "c=1");
            case VERSION -> List.of("c=1", "a=2", "b=3");
            case CREATE -> List.of("a=2", "b=3", "c=1");
            case MOD -> List.of("c=1", "b=3", "a=2");
            case VALUE -> List.of("c=1", "a=2", "b=3");
          };
      assertThat(list(GetOption.builder().withSortField(target).withSortOrder(SortOrder.ASCEND)))
          .as("%s", target)
          .isEqualTo(expected);
      List<String> reversed = new java.util.ArrayList<>(expected);
      java.util.Collections.reverse(reversed);
      assertThat(list(GetOption.builder().withSortField(target).withSortOrder(SortOrder.DESCEND)))
          .as("%s", target)
          .isEqualTo(reversed);
    }
    assertThat(
            list(
                GetOption.builder()
                    .withSortField(SortTarget.MOD)
                    .withSortOrder(SortOrder.DESCEND)
                    .withLimit(1)))
        .containsExactly("a=2");
  }

  @Test
  void getFiltersByRevisionsAndReadsThePast() {
    put("a", "1"); // 2
    put("b", "1"); // 3
    put("a", "2"); // 4
    put("c", "1"); // 5
    assertThat(list(GetOption.builder().withMinModRevision(4))).containsExactly("a=2", "c=1");
    assertThat(list(GetOption.builder().withMaxModRevision(4))).containsExactly("a=2", "b=1");
    assertThat(list(GetOption.builder().withMinCreateRevision(3))).containsExactly("b=1", "c=1");
    assertThat(list(GetOption.builder().withMaxCreateRevision(3))).containsExactly("a=2", "b=1");
    assertThat(list(GetOption.builder().withMinModRevision(3).withMaxModRevision(3)))
        .containsExactly("b=1");
    assertThat(list(GetOption.builder().withMinModRevision(5).withMaxModRevision(3))).isEmpty();
    GetResponse past = get(kv.get(ALL, GetOption.builder().withRange(ALL).withRevision(3).build()));
    assertThat(pairs(past.getKvs())).containsExactly("a=1", "b=1");
    assertThat(past.getHeader().getRevision()).isEqualTo(5);
    assertThat(list(GetOption.builder().withSerializable(true)))
        .containsExactly("a=2", "b=1", "c=1");
  }

  @Test
  void deleteTakesARangeAndShowsWhatWasThere() {
    for (String key : List.of("a", "ab", "b", "c", "d")) {
      put(key, key);
    }
    DeleteResponse none = get(kv.delete(bytes("nothing")));
    assertThat(none.getDeleted()).isZero();
    assertThat(none.getHeader().getRevision()).isEqualTo(6);
    DeleteResponse one =
        get(kv.delete(bytes("d"), DeleteOption.builder().withPrevKV(true).build()));
    assertThat(one.getDeleted()).isOne();
    assertThat(pairs(one.getPrevKvs())).containsExactly("d=d");
    assertThat(one.getHeader().getRevision()).isEqualTo(7);
    DeleteOption prefix = DeleteOption.builder().isPrefix(true).withPrevKV(true).build();
    assertThat(pairs(get(kv.delete(bytes("a"), prefix)).getPrevKvs()))
        .containsExactly("a=a", "ab=ab");
    DeleteOption range = DeleteOption.builder().withRange(bytes("z")).build();
    DeleteResponse rest = get(kv.delete(bytes("a"), range));
    assertThat(rest.getDeleted()).isEqualTo(2);
    assertThat(rest.getPrevKvs()).isEmpty();
    assertThat(get(kv.get(ALL, everything())).getCount()).isZero();
  }

  @Test
  void txnComparesEachKindWithEachOperator() {
    put("k", "b");
    put("k", "b");
    for (CmpTarget<?> equal :
        List.of(
            CmpTarget.version(2),
            CmpTarget.createRevision(2),
            CmpTarget.modRevision(3),
            CmpTarget.value(bytes("b")))) {
      assertThat(compares("k", Cmp.Op.EQUAL, equal)).isTrue();
      assertThat(compares("k", Cmp.Op.LESS, equal)).isFalse();
      assertThat(compares("k", Cmp.Op.GREATER, equal)).isFalse();
      assertThat(compares("k", Cmp.Op.NOT_EQUAL, equal)).isFalse();
    }
    for (CmpTarget<?> more :
        List.of(
            CmpTarget.version(3),
            CmpTarget.createRevision(3),
            CmpTarget.modRevision(4),
            CmpTarget.value(bytes("c")))) {
      assertThat(compares("k", Cmp.Op.EQUAL, more)).isFalse();
      assertThat(compares("k", Cmp.Op.LESS, more)).isTrue();
      assertThat(compares("k", Cmp.Op.GREATER, more)).isFalse();
      assertThat(compares("k", Cmp.Op.NOT_EQUAL, more)).isTrue();
    }
    assertThat(compares("absent", Cmp.Op.EQUAL, CmpTarget.version(0))).isTrue();
    assertThat(compares("absent", Cmp.Op.EQUAL, CmpTarget.createRevision(0))).isTrue();
    assertThat(compares("absent", Cmp.Op.NOT_EQUAL, CmpTarget.value(bytes("b")))).isFalse();
  }

  private boolean compares(String key, Cmp.Op operator, CmpTarget<?> target) {
    return get(kv.txn().If(new Cmp(bytes(key), operator, target)).commit()).isSucceeded();
  }

  @Test
  void txnRunsTheBranchThatItsComparesChoose() {
    put("k", "1");
    Cmp isOne = new Cmp(bytes("k"), Cmp.Op.EQUAL, CmpTarget.value(bytes("1")));
    for (boolean expected : new boolean[] {true, false}) {
      TxnResponse response =
          get(
              kv.txn()
                  .If(isOne)
                  .Then(
                      Op.put(bytes("k"), bytes("2"), PutOption.builder().withPrevKV().build()),
                      Op.get(bytes("k"), GetOption.DEFAULT))
                  .Else(
                      Op.delete(bytes("k"), DeleteOption.builder().withPrevKV(true).build()),
                      Op.get(bytes("k"), GetOption.DEFAULT))
                  .commit());
      assertThat(response.isSucceeded()).isEqualTo(expected);
      if (expected) {
        assertThat(text(response.getPutResponses().get(0).getPrevKv().getValue())).isEqualTo("1");
        assertThat(pairs(response.getGetResponses().get(0).getKvs())).containsExactly("k=2");
        assertThat(response.getDeleteResponses()).isEmpty();
      } else {
        assertThat(pairs(response.getDeleteResponses().get(0).getPrevKvs())).containsExactly("k=2");
        assertThat(response.getGetResponses().get(0).getKvs()).isEmpty();
      }
    }
  }

  @Test
  @Covers("P6")
  void txnNestsAndIsOneRevision() {
    Cmp absent = new Cmp(bytes("inner"), Cmp.Op.EQUAL, CmpTarget.createRevision(0));
    TxnResponse response =
        get(
            kv.txn()
                .Then(
                    Op.put(bytes("outer"), bytes("1"), PutOption.DEFAULT),
                    Op.txn(
                        new Cmp[] {absent},
                        new Op[] {
                          Op.put(bytes("inner"), bytes("1"), PutOption.DEFAULT),
                          Op.get(ALL, everything())
                        },
                        new Op[] {Op.delete(bytes("other"), DeleteOption.DEFAULT)}))
                .commit());
    assertThat(response.getHeader().getRevision()).isEqualTo(2);
    TxnResponse inner = response.getTxnResponses().get(0);
    assertThat(inner.isSucceeded()).isTrue();
    assertThat(pairs(inner.getGetResponses().get(0).getKvs()))
        .containsExactly("inner=1", "outer=1");
    List<KeyValue> kvs = get(kv.get(ALL, everything())).getKvs();
    assertThat(kvs).allMatch(each -> each.getModRevision() == 2);
  }

  @Test
  @Covers({"B16", "B17"})
  void compactTakesThePastAway() {
    for (int i = 1; i <= 5; i++) {
      put("k", "" + i);
    }
    get(kv.compact(4));
    GetOption before = GetOption.builder().withRevision(3).build();
    assertRefused(
        kv.get(bytes("k"), before),
        ErrorCode.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision has been compacted");
    assertThat(list("k", GetOption.builder().withRevision(4))).containsExactly("k=3");
    get(kv.compact(6, CompactOption.builder().withCompactPhysical(true).build()));
    assertThat(list("k", GetOption.builder())).containsExactly("k=5");
    assertRefused(
        kv.compact(6),
        ErrorCode.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision has been compacted");
    assertRefused(
        kv.compact(7),
        ErrorCode.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision is a future revision");
  }

  @Test
  @Covers({"B1", "B5", "B6", "B8", "B9", "B15"})
  void refusalsHaveEtcdsCodesAndTexts() {
    ByteSequence key = bytes("k");
    ByteSequence empty = ByteSequence.EMPTY;
    assertRefused(
        kv.put(empty, key), ErrorCode.INVALID_ARGUMENT, "etcdserver: key is not provided");
    assertRefused(kv.get(empty), ErrorCode.INVALID_ARGUMENT, "etcdserver: key is not provided");
    assertRefused(kv.delete(empty), ErrorCode.INVALID_ARGUMENT, "etcdserver: key is not provided");
    assertRefused(
        kv.get(key, GetOption.builder().withRevision(99).build()),
        ErrorCode.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision is a future revision");
    assertRefused(
        kv.put(key, key, PutOption.builder().withLeaseId(99).build()),
        ErrorCode.NOT_FOUND,
        "etcdserver: requested lease not found");
    assertRefused(
        kv.put(key, ByteSequence.from(new byte[1_600_000])),
        ErrorCode.INVALID_ARGUMENT,
        "etcdserver: request is too large");
    Op put = Op.put(key, key, PutOption.DEFAULT);
    assertRefused(
        kv.txn().Then(put, put).commit(),
        ErrorCode.INVALID_ARGUMENT,
        "etcdserver: duplicate key given in txn request");
    Op[] many = new Op[129];
    java.util.Arrays.fill(many, Op.get(key, GetOption.DEFAULT));
    assertRefused(
        kv.txn().Then(many).commit(),
        ErrorCode.INVALID_ARGUMENT,
        "etcdserver: too many operations in txn request");
    assertThat(put("after", "all").getHeader().getRevision()).isEqualTo(2);
  }

  @Test
  void aNamespaceSeesItsKeysOnly() {
    put("outside", "1");
    try (Client named =
        Client.builder()
            .endpoints("http://127.0.0.1:" + mooring.clientPort())
            .namespace(bytes("ns/"))
            .build()) {
      get(named.getKVClient().put(bytes("in"), bytes("1")));
      assertThat(pairs(get(named.getKVClient().get(bytes(""), prefix().build())).getKvs()))
          .containsExactly("in=1");
    }
    assertThat(list(GetOption.builder())).containsExactly("ns/in=1", "outside=1");
  }
}
