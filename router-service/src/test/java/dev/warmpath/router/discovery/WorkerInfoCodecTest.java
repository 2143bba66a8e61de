package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.v1.KvEvents;
import dev.warmpath.v1.WorkerInfo;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WorkerInfoCodecTest {
  private static final Worker FULL =
      new Worker(
          "w-0_A",
          "10.0.0.1:8000",
          "meta/llama 3 é",
          Role.PREFILL,
          64,
          8,
          1L << 40,
          256,
          8192,
          Set.of("sql", "law"),
          Set.of(Tier.DEVICE, Tier.EXTERNAL),
          Map.of("zone", "a", "rack", "7"),
          0xFEDC_BA98_7654_3210L,
          true,
          true,
          new KvHandOver(1_048_576, "10.0.0.1", 8_998),
          RepeatedStores.TOLD_AGAIN,
          false,
          new CostCoefficients(8_400.5, 3.25, 0.5, 2.5, 0.125));

  @Test
  void aWorkerSurvivesTheTripThroughTheMessage() throws BadWorkerException {
    assertThat(WorkerInfoCodec.fromProto(WorkerInfoCodec.toProto(FULL))).isEqualTo(FULL);
  }

  @Test
  void aWorkerSurvivesTheTripThroughJson() throws BadWorkerException {
    assertThat(WorkerInfoCodec.fromJson(WorkerInfoCodec.toJson(FULL).getBytes(UTF_8)))
        .isEqualTo(FULL);
  }

  @Test
  void aWorkerThatSaysNothingOfItsEventsPublishesThem() throws BadWorkerException {
    WorkerInfo silent = WorkerInfoCodec.toProto(FULL);
    assertThat(silent.getKvEvents()).isEqualTo(KvEvents.KV_EVENTS_NONE);
    assertThat(WorkerInfoCodec.fromProto(silent.toBuilder().clearKvEvents().build()))
        .matches(Worker::publishesEvents);
    WorkerInfo unknown = silent.toBuilder().setKvEventsValue(7).build();
    assertThatThrownBy(() -> WorkerInfoCodec.fromProto(unknown))
        .hasMessage("kv_events is not a known number");
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void everyRoleSurvives(Role role) throws BadWorkerException {
    dev.warmpath.v1.Role wire = dev.warmpath.v1.Role.valueOf("ROLE_" + role);
    WorkerInfo info = WorkerInfoCodec.toProto(FULL).toBuilder().setRole(wire).build();
    assertThat(WorkerInfoCodec.fromProto(info).role()).isEqualTo(role);
    assertThat(WorkerInfoCodec.toProto(WorkerInfoCodec.fromProto(info))).isEqualTo(info);
  }

  @Test
  void whatIsLeftOutMeansAggregatedOnTheDevice() throws BadWorkerException {
    Worker worker = read("{'workerId':'w','address':'a:1','model':'m','blockSize':64,'ranks':1}");
    assertThat(worker).isEqualTo(Worker.aggregated("w", "a:1", "m", 64, 1, 0));
  }

  @Test
  void aCoefficientGivenAsZeroIsNotOneThatIsLeftOut() throws BadWorkerException {
    Worker worker =
        read(
            "{'workerId':'w','address':'a:1','model':'m','blockSize':64,'ranks':1,"
                + "'hostFetchMsPerBlock':0,'diskFetchMsPerBlock':null,'decodeInterference':0.0}");
    assertThat(worker.costs())
        .isEqualTo(
            new CostCoefficients(
                0, 0, OptionalDouble.of(0), OptionalDouble.empty(), OptionalDouble.of(0)));
    assertThat(WorkerInfoCodec.fromJson(WorkerInfoCodec.toJson(worker).getBytes(UTF_8)))
        .isEqualTo(worker);
  }

  @Test
  void fieldsOfNewerWorkersAreSkippedAndSnakeCaseIsRead() throws BadWorkerException {
    Worker worker =
        read(
            "{'worker_id':'w','address':'a:1','model':'m','block_size':64,'ranks':1,"
                + "'someday':{'x':[1]}}");
    assertThat(worker.id()).isEqualTo("w");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "blockSize | 'abc' | block_size must be a whole number: \"abc\"",
        "blockSize | 0 | block_size must be 1 to 65536: 0",
        "blockSize | 65537 | block_size must be 1 to 65536: 65537",
        "blockSize | 3000000000 | block_size must be at most 2147483647: 3000000000",
        "blockSize | 5000000000 | block_size",
        "blockSize | -1 | block_size",
        "blockSize | '1e999999999' | block_size must be a whole number: \"1e999999999\"",
        "blockSize | [64] | block_size must be a whole number: [64]",
        "blockSize | 6.5 | block_size must be a whole number: 6.5",
        "ranks | 1025 | ranks must be 1 to 1024: 1025",
        "kvBlocksPerRank | '18446744073709551615' | kv_blocks_per_rank must be at most",
        "maxBatchTokens | 4294967295 | max_batch_tokens must be at most 2147483647: 4294967295",
        "prefillTokensPerSecond | -1 | prefill_tokens_per_second must be a number from 0 to"
            + " 1000000000: -1.0",
        "prefillTokensPerSecond | 'NaN' | prefill_tokens_per_second must be a number from 0 to",
        "prefillMsPerRequest | 60001 | prefill_ms_per_request must be a number from 0 to 60000:",
        "hostFetchMsPerBlock | 'soon' | host_fetch_ms_per_block: ",
        "diskFetchMsPerBlock | 'Infinity' | disk_fetch_ms_per_block must be a number from 0 to",
        "decodeInterference | 11 | decode_interference must be a number from 0 to 10: 11.0",
        "role | 'ROLE_PREFIL' | role: ",
        "role | 77 | role is not a known number",
        "tiers | ['TIER_TAPE'] | tiers: ",
        "repeatedStores | 'TWICE' | repeated_stores: ",
        "repeatedStores | 9 | repeated_stores is not a known number",
        "loraNames | 'x' | lora_names: ",
        "labels | [1] | labels: ",
        "eagle | 'maybe' | eagle: ",
        "model | '' | model must have 1 to 256 characters, has 0",
        "model | {} | model: ",
        "model | 'a\\u0000b' | model must not have control characters: a\\u0000b",
        "address | 'a\\nb' | address must not have control characters: a\\u000ab",
        "workerId | 'a/b' | worker_id may have A-Z a-z 0-9 - _ only: 'a/b'",
      })
  void aBadFieldIsNamedWithItsValue(String field, String value, String message) {
    String json =
        "{'workerId':'w','address':'a:1','model':'m','blockSize':64,'ranks':1,'%s':%s}"
            .formatted(field, value);
    String once = json.replaceFirst("'" + field + "':[^,]*,(?=.*'" + field + "':)", "");
    assertThatThrownBy(() -> read(once))
        .isInstanceOf(BadWorkerException.class)
        .hasMessageStartingWith(message)
        .extracting("kind")
        .isEqualTo(RefusalKind.BAD_FIELD);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"``", "not json", "[]", "42", "'w'", "null", "{'a':1", "{} {}", "{'a':1,'a':2}"})
  void whatIsNotOneJsonObjectIsRefused(String value) {
    assertRefused(RefusalKind.NOT_JSON, () -> read(value));
  }

  @Test
  void bytesThatAreNotTextAreRefused() {
    assertRefused(
        RefusalKind.NOT_JSON, () -> WorkerInfoCodec.fromJson(new byte[] {(byte) 0xff, 0, 1}));
  }

  @Test
  void deeplyNestedJsonIsRefused() {
    assertRefused(RefusalKind.NOT_JSON, () -> read("[".repeat(60_000)));
    assertRefused(RefusalKind.NOT_JSON, () -> read("{'labels':" + "{'a':".repeat(10_000)));
  }

  @Test
  void aHugeValueIsRefusedUnread() {
    assertRefused(
        RefusalKind.TOO_LARGE,
        () -> WorkerInfoCodec.fromJson(new byte[WorkerInfoCodec.MAX_VALUE_BYTES + 1]));
  }

  @Test
  void aValueUnderTheKeyOfAnotherWorkerIsRefused() {
    byte[] value = WorkerInfoCodec.toJson(FULL).getBytes(UTF_8);
    assertRefused(RefusalKind.WRONG_KEY, () -> WorkerInfoCodec.fromEtcd("w1", value));
  }

  @Test
  void aRegistrationWithoutIncarnationIsRefused() {
    String json = WorkerInfoCodec.toJson(Worker.aggregated("w", "a:1", "m", 64, 1, 0));
    assertThatThrownBy(() -> WorkerInfoCodec.fromEtcd("w", json.getBytes(UTF_8)))
        .hasMessage("incarnation must not be 0: 0");
  }

  private static Worker read(String json) throws BadWorkerException {
    return WorkerInfoCodec.fromJson(json.replace('\'', '"').getBytes(UTF_8));
  }

  private static void assertRefused(RefusalKind kind, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(BadWorkerException.class)
        .extracting("kind")
        .isEqualTo(kind);
  }
}
